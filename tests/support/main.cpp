// The main function of every Catch2 test program (Catch2 2 generates it here; Catch2 3 links its own).
#if !__has_include(<catch2/catch_all.hpp>)
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
#endif
