#pragma once

// Regular expressions as MongoDB has them: PCRE2 over UTF-8, with the options i (any case), m (^
// and $ at line ends), x (white space and comments are ignored), s (. takes line ends) and u (no
// meaning: they are UTF-8 anyway).
//
// A match is limited in steps, depth and memory, so a pattern cannot run for ever.

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace octavo::mongodb {

class Pattern {
 public:
  // Patterns that were compiled are kept, so asking again is cheap: once a row is fine.
  // 51108 for an unknown option, 51109 for a null byte, 51091 for what is no regular expression.
  static Result<Pattern> compile(std::string_view pattern, std::string_view options);

  // Byte positions in the subject.
  struct Range {
    std::size_t begin = 0;
    std::size_t end = 0;
  };
  struct Match {
    Range whole;
    std::vector<std::optional<Range>> groups;  // none: the group took no part
  };
  // The first match at or after `from`. 51156 when a limit is reached; the subject is UTF-8.
  Result<std::optional<Match>> find(std::string_view subject, std::size_t from = 0) const;
  Result<bool> matches(std::string_view subject) const;

  // What every match begins with, when the pattern is ^ and plain characters: for index bounds.
  // `whole`: nothing else is in the pattern.
  struct Prefix {
    std::string text;
    bool whole = false;
  };
  std::optional<Prefix> prefix() const;

  struct Compiled;

 private:
  explicit Pattern(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}

  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace octavo::mongodb
