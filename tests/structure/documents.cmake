# README and CHANGELOG agree with the tree: cmake -DROOT=. -P documents.cmake
cmake_minimum_required(VERSION 3.25)

file(READ "${ROOT}/README.md" readme)

# The example of the README is the program that is compiled and run.
file(READ "${ROOT}/examples/readme.cpp" example)
string(FIND "${readme}" "```cpp\n${example}```" at)
if(at EQUAL -1)
  message(SEND_ERROR "README.md does not hold examples/readme.cpp as it is")
endif()

# Its table of headers names them all, and only such as there are.
file(GLOB headers RELATIVE "${ROOT}/include/objectstore" "${ROOT}/include/objectstore/*.h")
string(REGEX MATCHALL "\n\\| `[a-z0-9_]+\\.h`" rows "${readme}")
list(TRANSFORM rows REPLACE "^[^`]*`([^`]*)`" "\\1")
list(SORT rows)
list(SORT headers)
if(NOT rows STREQUAL headers)
  message(SEND_ERROR "README.md lists the headers\n  ${rows}\nbut include/objectstore/ holds\n  ${headers}")
endif()

# Its table of exit codes says what the command's help says.
file(STRINGS "${ROOT}/cli/exit_code.cpp" meanings REGEX "^    ExitCodeMeaning{")
list(TRANSFORM meanings REPLACE "^[^\"]*\"([^\"]*)\".*" "\\1")
string(REGEX MATCHALL "\n\\| [0-9]+ \\| [^|\n]+ \\|" rows "${readme}")
list(TRANSFORM rows REPLACE "^.[|] [0-9]+ [|] (.*) [|]$" "\\1")
if(NOT rows STREQUAL meanings)
  message(SEND_ERROR "README.md says of exit codes\n  ${rows}\nbut cli/exit_code.cpp\n  ${meanings}")
endif()

# Every file a document links to is there.
foreach(document README.md CHANGELOG.md tests/README.md)
  cmake_path(GET document PARENT_PATH folder)
  file(READ "${ROOT}/${document}" text)
  string(REPLACE "](" "@LINK@" text "${text}")  # brackets would confuse CMake's lists
  string(REGEX MATCHALL "@LINK@[^)#]+" links "${text}")
  list(TRANSFORM links REPLACE "@LINK@" "")
  foreach(link IN LISTS links)
    if(NOT link MATCHES "^https?:" AND NOT EXISTS "${ROOT}/${folder}/${link}")
      message(SEND_ERROR "${document} links to ${link}, which is not there")
    endif()
  endforeach()
endforeach()

# The CHANGELOG knows the version.
file(STRINGS "${ROOT}/include/objectstore/version.h" version REGEX "define OBJECTSTORE_VERSION \"")
string(REGEX REPLACE "^.*\"(.*)\"$" "\\1" version "${version}")
file(READ "${ROOT}/CHANGELOG.md" changelog)
string(FIND "${changelog}" "\n## [${version}]" at)
if(at EQUAL -1)
  message(SEND_ERROR "CHANGELOG.md has no section [${version}]")
endif()
