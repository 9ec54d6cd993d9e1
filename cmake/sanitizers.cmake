# Applies OBJECTSTORE_SANITIZE to everything built here.
if(OBJECTSTORE_SANITIZE)
  # With sanitizers g++ takes its own checks in the standard library for reads of uninitialised memory.
  add_compile_options(-fsanitize=${OBJECTSTORE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  add_link_options(-fsanitize=${OBJECTSTORE_SANITIZE})
endif()
