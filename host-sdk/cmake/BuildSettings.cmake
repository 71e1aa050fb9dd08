# What every target of ours is compiled with. Third-party headers are SYSTEM and stay out of it.
include(GNUInstallDirs)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

find_program(CROSSWATCH_CCACHE ccache)
if(CROSSWATCH_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CROSSWATCH_CCACHE}")
  set(CMAKE_C_COMPILER_LAUNCHER "${CROSSWATCH_CCACHE}")
endif()

set(CROSSWATCH_SANITIZE "" CACHE STRING "Sanitizers to build with, e.g. address,undefined or thread")
if(CROSSWATCH_SANITIZE)
  add_compile_options(-fsanitize=${CROSSWATCH_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${CROSSWATCH_SANITIZE})
endif()

# Linked PRIVATE by every target of ours.
add_library(crosswatch_warnings INTERFACE)
target_compile_options(crosswatch_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Werror)
if(CROSSWATCH_SANITIZE)
  # g++ 12 sees uninitialised members in <regex> and <functional> when the sanitizers' checks are in between.
  target_compile_options(crosswatch_warnings INTERFACE -Wno-maybe-uninitialized)
endif()
