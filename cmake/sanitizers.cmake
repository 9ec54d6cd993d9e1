# Applies OBJECTSTORE_SANITIZE to everything built here.
if(OBJECTSTORE_SANITIZE)
  add_compile_options(-fsanitize=${OBJECTSTORE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${OBJECTSTORE_SANITIZE})
endif()
