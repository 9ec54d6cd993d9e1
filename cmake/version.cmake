# objectstore_read_version(variable): the version as include/objectstore/version.h has it.
function(objectstore_read_version variable)
  file(STRINGS "${CMAKE_CURRENT_SOURCE_DIR}/include/objectstore/version.h" line REGEX "^#define OBJECTSTORE_VERSION \"")
  string(REGEX REPLACE "^.*\"(.*)\"$" "\\1" version "${line}")
  set(${variable} "${version}" PARENT_SCOPE)
endfunction()
