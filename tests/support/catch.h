// Catch2, whichever major version is installed (2.13 or 3).
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
using Catch::Generators::from_range;
#endif
