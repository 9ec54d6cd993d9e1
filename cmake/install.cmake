# Install rules: headers, library, CMake package, pkg-config file. The command and its man page are installed by cli/.
include(CMakePackageConfigHelpers)

set(OBJECTSTORE_PACKAGE_DIR "${CMAKE_INSTALL_LIBDIR}/cmake/objectstore")

install(FILES ${OBJECTSTORE_PUBLIC_HEADERS} DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/objectstore")
install(TARGETS objectstore EXPORT objectstore)
install(EXPORT objectstore FILE objectstore-core.cmake NAMESPACE objectstore:: DESTINATION "${OBJECTSTORE_PACKAGE_DIR}")

configure_package_config_file(cmake/objectstoreConfig.cmake.in "${CMAKE_CURRENT_BINARY_DIR}/objectstoreConfig.cmake"
                              INSTALL_DESTINATION "${OBJECTSTORE_PACKAGE_DIR}" NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file("${CMAKE_CURRENT_BINARY_DIR}/objectstoreConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/objectstoreConfig.cmake" "${CMAKE_CURRENT_BINARY_DIR}/objectstoreConfigVersion.cmake"
        DESTINATION "${OBJECTSTORE_PACKAGE_DIR}")

# objectstore.pc finds its prefix from where it lies, so that a tree may be moved. A static library's users link what it uses themselves;
# behind a shared library nobody needs to.
set(OBJECTSTORE_PC_DEPENDENCIES "libcurl >= 7.80, libcrypto >= 3.0, zlib")
if(OBJECTSTORE_LIBRARY_TYPE STREQUAL "SHARED_LIBRARY")
  set(OBJECTSTORE_PC_REQUIRES "")
  set(OBJECTSTORE_PC_REQUIRES_PRIVATE "${OBJECTSTORE_PC_DEPENDENCIES}")
  set(OBJECTSTORE_PC_THREADS "")
  if(OBJECTSTORE_PUGIXML STREQUAL "pugixml::pugixml")
    string(APPEND OBJECTSTORE_PC_REQUIRES_PRIVATE ", pugixml")
  endif()
else()
  set(OBJECTSTORE_PC_REQUIRES "${OBJECTSTORE_PC_DEPENDENCIES}, pugixml")
  set(OBJECTSTORE_PC_REQUIRES_PRIVATE "")
  set(OBJECTSTORE_PC_THREADS " -pthread")
endif()
cmake_path(IS_ABSOLUTE CMAKE_INSTALL_LIBDIR OBJECTSTORE_FIXED_LIBDIR)
if(OBJECTSTORE_FIXED_LIBDIR)
  set(OBJECTSTORE_PC_PREFIX "${CMAKE_INSTALL_PREFIX}")
else()
  cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX BASE_DIRECTORY "${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBDIR}/pkgconfig"
             OUTPUT_VARIABLE OBJECTSTORE_PC_UP)
  set(OBJECTSTORE_PC_PREFIX "\${pcfiledir}/${OBJECTSTORE_PC_UP}")
endif()
foreach(kind LIBDIR INCLUDEDIR)
  set(OBJECTSTORE_PC_${kind} "${CMAKE_INSTALL_${kind}}")
  cmake_path(IS_ABSOLUTE CMAKE_INSTALL_${kind} is_absolute)
  if(NOT is_absolute)
    string(PREPEND OBJECTSTORE_PC_${kind} "\${prefix}/")
  endif()
endforeach()
configure_file(cmake/objectstore.pc.in "${CMAKE_CURRENT_BINARY_DIR}/objectstore.pc" @ONLY)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/objectstore.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
