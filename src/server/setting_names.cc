#include "server/setting_names.h"

#include <algorithm>
#include <cctype>
#include <numeric>
#include <vector>

namespace octavo::server {

std::string environment_name(std::string_view setting) {
  std::string out = "OCTAVO_";
  for (const char c : setting) {
    out.push_back(c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c))));
  }
  return out;
}

std::optional<std::string_view> closest_name(std::string_view given,
                                             std::span<const std::string_view> names) {
  constexpr std::size_t kFurthest = 3;  // edits; beyond that it is no slip
  std::optional<std::string_view> best;
  std::size_t best_distance = kFurthest + 1;
  for (const std::string_view name : names) {
    // Levenshtein's distance, one row of the matrix at a time.
    std::vector<std::size_t> row(name.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= given.size(); ++i) {
      std::size_t diagonal = row[0];
      row[0] = i;
      for (std::size_t j = 1; j <= name.size(); ++j) {
        const std::size_t substituted = diagonal + (given[i - 1] == name[j - 1] ? 0 : 1);
        diagonal = row[j];
        row[j] = std::min({substituted, row[j] + 1, row[j - 1] + 1});
      }
    }
    if (row.back() < best_distance) {
      best_distance = row.back();
      best = name;
    }
  }
  return best;
}

}  // namespace octavo::server
