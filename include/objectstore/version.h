// The library's version, for the preprocessor. CMake reads it from here.
#pragma once

#define OBJECTSTORE_VERSION_MAJOR 0
#define OBJECTSTORE_VERSION_MINOR 1
#define OBJECTSTORE_VERSION_PATCH 0
#define OBJECTSTORE_VERSION "0.1.0"
