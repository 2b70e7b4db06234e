#include "keyspace/sort_arguments.h"

#include <algorithm>

#include "keyspace/arguments.h"

namespace octavo::keyspace {
namespace {

constexpr std::string_view kSorts[] = {"sort", "sort_ro"};

// Options, and how many arguments follow each.
struct Option {
  std::string_view word;
  std::size_t arguments;
};
constexpr Option kOptions[] = {{"asc", 0},   {"desc", 0}, {"alpha", 0}, {"limit", 2},
                               {"store", 1}, {"by", 1},   {"get", 1}};
constexpr const Option& kBy = kOptions[5];
constexpr const Option& kGet = kOptions[6];

}  // namespace

std::string_view sort_pattern_option(const CommandSpec& spec, Args args) {
  if (std::ranges::find(kSorts, spec.name) == std::end(kSorts)) return {};
  for (std::size_t i = 2; i < args.size(); ++i) {
    const auto* const option = std::ranges::find_if(
        kOptions, [&](const Option& one) { return is_word(args[i], one.word); });
    if (option == std::end(kOptions) || option->arguments >= args.size() - i) return {};
    if (option == &kGet) return "GET";
    if (option == &kBy && args[i + 1].find('*') != std::string_view::npos) return "BY";
    i += option->arguments;
  }
  return {};
}

}  // namespace octavo::keyspace
