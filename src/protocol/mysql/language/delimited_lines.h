#pragma once

// The file of LOAD DATA, in whatever pieces it comes: lines of fields, by the separators that the
// statement names. No I/O.

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dialect/sql/ast/query.h"

namespace octavo::mysql {

struct LineFormat {
  std::string field_end = "\t", line_end = "\n", line_start;
  std::optional<char> quote, escape = '\\';

  // 1083: a quote or an escape is more than a character. 1235: fields without separators.
  static Result<LineFormat> of(const sql::FileFormat& said);
};

struct LineField {
  std::string text;
  bool is_null = false;  // `\N`, or NULL where other fields are quoted
};

class DelimitedLines {
 public:
  // Called with the first `most_fields` fields of a line, and how many it has. An empty
  // one behind these, at its end, is none.
  using Take = std::function<Status(std::span<const LineField> fields, std::size_t count)>;

  // Skips `skip` lines. A line of more than `most_bytes` is 1153.
  DelimitedLines(LineFormat format, std::size_t most_fields, std::uint64_t skip,
                 std::size_t most_bytes, Take take);

  Status add(std::string_view piece);
  // What is left is a line as well.
  Status finish();

 private:
  enum class State : std::uint8_t {
    skipped,     // in a line that is left out
    line_start,  // before a line's prefix
    field_start,
    field,
    quoted,
  };

  Status read(bool at_end);
  Status step(bool at_end);
  Status step_in_field(bool at_end);
  Status step_in_quotes(bool at_end);
  bool take_plain();
  void take_character(bool at_end);
  bool is_at(std::string_view word, std::size_t at) const {
    return !word.empty() && std::string_view(pending_).substr(at).starts_with(word);
  }
  void put(char c);
  void end_field();
  Status end_line();

  const LineFormat format_;
  const std::size_t most_fields_;
  std::uint64_t skip_;
  const std::size_t most_bytes_;
  const Take take_;
  const std::size_t ahead_;   // characters that have to be seen to decide about one
  std::bitset<256> special_;  // with which something ends or is escaped

  std::string pending_;
  std::size_t at_ = 0;
  State state_;
  std::vector<LineField> fields_;
  std::size_t count_ = 0;  // of fields of the line, with those that are left out
  bool has_more_ = false;  // those that are left out are not all empty
  std::size_t line_bytes_ = 0;
  LineField field_;
  bool was_quoted_ = false, found_null_ = false;
};

}  // namespace octavo::mysql
