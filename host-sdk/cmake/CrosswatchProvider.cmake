# crosswatch_add_provider(NAME my SOURCES a.cpp .. MANIFEST manifest.json [LIBRARIES ..])
#
# Builds a provider plugin `my.so` that exports one symbol, lays it beside its manifest in
# <build>/lib/crosswatch/plugins/my/ (where a command run from the build tree finds it) and installs both.
# With OBJECTS the sources come from an OBJECT library, so that unit tests can link the same objects.
include_guard(GLOBAL)
set(CROSSWATCH_PROVIDER_CMAKE_DIR "${CMAKE_CURRENT_LIST_DIR}")

function(crosswatch_add_provider)
  cmake_parse_arguments(arg "" "NAME;MANIFEST" "SOURCES;LIBRARIES;OBJECTS" ${ARGN})
  if(NOT arg_NAME OR NOT arg_MANIFEST)
    message(FATAL_ERROR "crosswatch_add_provider needs NAME and MANIFEST")
  endif()
  set(target crosswatch_provider_${arg_NAME})
  set(folder "${CMAKE_BINARY_DIR}/lib/crosswatch/plugins/${arg_NAME}")
  add_library(${target} MODULE ${arg_SOURCES})
  foreach(objects IN LISTS arg_OBJECTS)
    target_link_libraries(${target} PRIVATE ${objects})
  endforeach()
  target_link_libraries(${target} PRIVATE crosswatch::sdk ${arg_LIBRARIES})
  set_target_properties(${target} PROPERTIES
    PREFIX "" OUTPUT_NAME "${arg_NAME}" LIBRARY_OUTPUT_DIRECTORY "${folder}"
    CXX_VISIBILITY_PRESET hidden C_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  # -fno-gnu-unique and the version script: without them std:: templates stay exported and the library
  # can never be unloaded.
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique>)
  target_link_options(${target} PRIVATE
    "LINKER:--version-script=${CROSSWATCH_PROVIDER_CMAKE_DIR}/provider-exports.map" "LINKER:-z,relro,-z,now")
  if(NOT CROSSWATCH_SANITIZE)
    target_link_options(${target} PRIVATE "LINKER:--no-undefined")
  endif()
  set_property(TARGET ${target} PROPERTY LINK_DEPENDS "${CROSSWATCH_PROVIDER_CMAKE_DIR}/provider-exports.map")
  configure_file("${arg_MANIFEST}" "${folder}/manifest.json" COPYONLY)
  install(TARGETS ${target} LIBRARY DESTINATION lib/crosswatch/plugins/${arg_NAME})
  install(FILES "${arg_MANIFEST}" RENAME manifest.json DESTINATION lib/crosswatch/plugins/${arg_NAME})
endfunction()
