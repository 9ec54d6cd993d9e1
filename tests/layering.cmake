# Checks what includes what: cmake -DROOT=. -P tests/layering.cmake
#
# - src/: a file includes its own folder and the folders below it in the order here, never above or beside; public headers from anywhere.
# - include/: only the standard library and the project's public headers, so that no third-party type can show.
# - cli/: public headers, its own, and of src/ base alone.
# - libcurl is spoken to in src/http alone, CLI11 in cli/ alone.
# - Every file starts with a line that says what it is for.
cmake_minimum_required(VERSION 3.25)

# Lowest first; folders of one line are on one level and do not know each other.
set(LEVELS "base" "io" "http" "sigv4" "credentials" "s3" "bucket" "async" "transfer" "events emit")

set(rank 0)
foreach(level IN LISTS LEVELS)
  string(REPLACE " " ";" folders "${level}")
  foreach(folder IN LISTS folders)
    set(rank_${folder} ${rank})
  endforeach()
  math(EXPR rank "${rank} + 1")
endforeach()

set(faults "")
function(fault file text)
  list(APPEND faults "${file}: ${text}")
  set(faults "${faults}" PARENT_SCOPE)
endfunction()

# includes_of(file variable): what it includes, with its quotes or brackets.
function(includes_of file variable)
  file(STRINGS "${ROOT}/${file}" lines REGEX "^[ \t]*#[ \t]*include[ \t]*[<\"]")
  list(TRANSFORM lines REPLACE "^[^<\"]*([<\"][^>\"]*[>\"]).*$" "\\1")
  set(${variable} "${lines}" PARENT_SCOPE)
endfunction()

file(GLOB_RECURSE files RELATIVE "${ROOT}" "${ROOT}/include/*.h" "${ROOT}/src/*.h" "${ROOT}/src/*.cpp" "${ROOT}/cli/*.h" "${ROOT}/cli/*.cpp")
list(LENGTH files count)
if(count EQUAL 0)
  message(FATAL_ERROR "no sources under ${ROOT}")
endif()
foreach(file IN LISTS files)
  file(STRINGS "${ROOT}/${file}" first LIMIT_COUNT 1)
  if(NOT first MATCHES "^// [^ ]")
    fault(${file} "does not start with a line that says what it is for")
  endif()

  string(REGEX MATCH "^[^/]+" top "${file}")
  string(REGEX REPLACE "^src/([^/]+)/.*$" "\\1" layer "${file}")
  if(top STREQUAL "src" AND NOT DEFINED rank_${layer})
    fault(${file} "src/${layer} has no place in the order of layers")
    continue()
  endif()

  includes_of(${file} includes)
  foreach(include IN LISTS includes)
    if(top STREQUAL "include" AND NOT include MATCHES "^(<[a-z_]+>|\"objectstore/[a-z0-9_]+\\.h\")$")
      fault(${file} "a public header includes ${include}")
    endif()
    if(top STREQUAL "cli" AND include MATCHES "^\"([^/\"]+)/" AND NOT CMAKE_MATCH_1 MATCHES "^(objectstore|base)$")
      fault(${file} "includes ${include}; of src/ the command uses base alone")
    endif()
    if(include MATCHES "^[<\"]curl/" AND NOT layer STREQUAL "http")
      fault(${file} "includes ${include}; only src/http may")
    endif()
    if(include MATCHES "^[<\"]CLI/" AND NOT top STREQUAL "cli")
      fault(${file} "includes ${include}; only cli/ may")
    endif()
    if(top STREQUAL "src" AND include MATCHES "^\"([^/\"]+)(/[^\"]*)?\"$" AND NOT CMAKE_MATCH_1 STREQUAL "objectstore")
      set(target "${CMAKE_MATCH_1}")
      if(NOT CMAKE_MATCH_2)
        fault(${file} "includes ${include} without its folder")
      elseif(NOT DEFINED rank_${target})
        fault(${file} "includes ${include}, which is no layer of src/")
      elseif(NOT target STREQUAL layer AND NOT rank_${target} LESS rank_${layer})
        fault(${file} "${layer} includes ${include}, which is not below it")
      endif()
    endif()
  endforeach()
endforeach()

if(faults)
  list(JOIN faults "\n  " text)
  message(FATAL_ERROR "layering:\n  ${text}")
endif()
message(STATUS "layering: ${count} files are in order")
