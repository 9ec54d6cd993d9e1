# objectstore_warnings(target): the warnings this project is built with, and errors only where OBJECTSTORE_WERROR says so. Private to the target,
# and not for those who build it inside a project of theirs.
function(objectstore_warnings target)
  if(NOT PROJECT_IS_TOP_LEVEL AND NOT OBJECTSTORE_WERROR)
    return()
  endif()
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
                                           -Woverloaded-virtual -Wold-style-cast -Wcast-qual -Wformat=2 -Wimplicit-fallthrough)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14)
    # Optimising, these versions warn of overlaps and overflows in std::string's own code (gcc.gnu.org/PR105329, PR105651).
    target_compile_options(${target} PRIVATE -Wno-restrict -Wno-stringop-overflow -Wno-array-bounds)
  endif()
  if(OBJECTSTORE_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
endfunction()
