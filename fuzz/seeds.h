#pragma once

#include <filesystem>
#include <string_view>

namespace octavo::fuzz {

// Writes `content` to <folder>/seed-<number>.
void write_seed(const std::filesystem::path& folder, int number, std::string_view content);

// Seeds of what is stored of definitions and of the keyspace, below `root`.
void write_store_seeds(const std::filesystem::path& root);

}  // namespace octavo::fuzz
