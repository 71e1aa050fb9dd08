# crosswatch_add_provider(NAME my MANIFEST manifest.json [SOURCES a.cpp ..] [OBJECTS o ..] [LIBRARIES l ..] [FOLDER dir])
#
# Builds a provider plugin `my.so` that exports one symbol, lays it beside its manifest in
# <build>/lib/crosswatch/plugins/my/ (where a command run from the build tree finds it) and installs both.
# OBJECTS names OBJECT libraries, so that unit tests can link what the plugin is made of. With FOLDER the plugin
# lies in <dir>/my/ and is not installed: a plugin for tests.
include_guard(GLOBAL)

function(crosswatch_add_provider)
  cmake_parse_arguments(arg "" "NAME;MANIFEST;FOLDER" "SOURCES;LIBRARIES;OBJECTS" ${ARGN})
  if(NOT arg_NAME OR NOT arg_MANIFEST)
    message(FATAL_ERROR "crosswatch_add_provider needs NAME and MANIFEST")
  endif()
  set(target crosswatch_provider_${arg_NAME})
  set(map "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/provider-exports.map")
  set(folder "${CMAKE_BINARY_DIR}/lib/crosswatch/plugins/${arg_NAME}")
  if(arg_FOLDER)
    set(folder "${arg_FOLDER}/${arg_NAME}")
  endif()
  add_library(${target} MODULE ${arg_SOURCES})
  target_link_libraries(${target} PRIVATE crosswatch::sdk ${arg_OBJECTS} ${arg_LIBRARIES})
  set_target_properties(${target} PROPERTIES
    PREFIX "" OUTPUT_NAME "${arg_NAME}" LIBRARY_OUTPUT_DIRECTORY "${folder}" POSITION_INDEPENDENT_CODE ON
    CXX_VISIBILITY_PRESET hidden C_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON LINK_DEPENDS "${map}")
  # -fno-gnu-unique and the version script: without them std:: templates stay exported and the library
  # can never be unloaded.
  target_compile_options(${target} PRIVATE $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fno-gnu-unique>)
  target_link_options(${target} PRIVATE "LINKER:--version-script=${map}" "LINKER:-z,relro,-z,now")
  if(NOT CROSSWATCH_SANITIZE)  # a sanitizer's runtime is in the executable only
    target_link_options(${target} PRIVATE "LINKER:--no-undefined")
  endif()
  configure_file("${arg_MANIFEST}" "${folder}/manifest.json" COPYONLY)
  set_property(GLOBAL APPEND PROPERTY CROSSWATCH_PROVIDERS ${target})
  if(NOT arg_FOLDER)
    install(TARGETS ${target} LIBRARY DESTINATION lib/crosswatch/plugins/${arg_NAME})
    install(FILES "${arg_MANIFEST}" RENAME manifest.json DESTINATION lib/crosswatch/plugins/${arg_NAME})
  endif()
endfunction()

# crosswatch_add_conformance_test(NAME my SOURCES a.cpp .. [LIBRARIES l ..])
#
# A test `my_conformance` that runs the suite of crosswatch/conformance.hpp on the provider made of these sources.
function(crosswatch_add_conformance_test)
  cmake_parse_arguments(arg "" "NAME" "SOURCES;LIBRARIES" ${ARGN})
  if(NOT arg_NAME OR NOT arg_SOURCES)
    message(FATAL_ERROR "crosswatch_add_conformance_test needs NAME and SOURCES")
  endif()
  add_executable(${arg_NAME}_conformance "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/conformance_main.cpp" ${arg_SOURCES})
  target_link_libraries(${arg_NAME}_conformance PRIVATE crosswatch::sdk ${arg_LIBRARIES})
  add_test(NAME ${arg_NAME}_conformance COMMAND ${arg_NAME}_conformance)
endfunction()
