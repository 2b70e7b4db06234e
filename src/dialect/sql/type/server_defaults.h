#pragma once

// What is meant where nothing is said.

#include <array>
#include <string_view>

namespace octavo::sql {

inline constexpr std::string_view kServerCollation = "utf8mb4_0900_ai_ci";

// Names of engines, the default one first. All mean the one layout that there is.
inline constexpr std::array kEngines =
    std::to_array<std::string_view>({"InnoDB", "MyISAM", "MEMORY", "ARCHIVE", "CSV"});

}  // namespace octavo::sql
