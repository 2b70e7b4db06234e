#include "protocol/mysql/language/delimited_lines.h"

#include <algorithm>
#include <utility>

#include "dialect/sql/error/error.h"

namespace octavo::mysql {
namespace {

struct EscapeRow {
  char letter, stands_for;
};
// Of all others each stands for itself.
constexpr EscapeRow kEscapes[] = {{'0', '\0'}, {'b', '\b'}, {'n', '\n'},
                                  {'r', '\r'}, {'t', '\t'}, {'Z', '\x1a'}};

char unescaped(char letter) {
  const auto* const row = std::ranges::find(kEscapes, letter, &EscapeRow::letter);
  return row == std::end(kEscapes) ? letter : row->stands_for;
}

Result<std::optional<char>> one_character(std::optional<std::string_view> said,
                                          std::optional<char> unsaid) {
  if (!said) return unsaid;
  if (said->size() > 1) return sql::error<1083>();
  return said->empty() ? std::nullopt : std::optional(said->front());
}

}  // namespace

Result<LineFormat> LineFormat::of(const sql::FileFormat& said) {
  LineFormat format;
  TRY(format.quote, one_character(said.fields_enclosed, format.quote));
  TRY(format.escape, one_character(said.fields_escaped, format.escape));
  if (said.fields_terminated) format.field_end = *said.fields_terminated;
  if (said.lines_terminated) format.line_end = *said.lines_terminated;
  if (said.lines_starting) format.line_start = *said.lines_starting;
  if (format.field_end.empty() && !format.quote) {
    return sql::not_supported("LOAD DATA of fields without separators");
  }
  return format;
}

DelimitedLines::DelimitedLines(LineFormat format, std::size_t most_fields, std::uint64_t skip,
                               std::size_t most_bytes, Take take)
    : format_(std::move(format)),
      most_fields_(most_fields),
      skip_(skip),
      most_bytes_(most_bytes),
      take_(std::move(take)),
      // Behind a quote or an escape there is another character, or a separator.
      ahead_(1 + std::max({std::size_t{1}, format_.field_end.size(), format_.line_end.size(),
                           format_.line_start.size()})),
      state_(skip > 0 ? State::skipped : State::line_start) {
  const auto note = [&](char c) { special_[static_cast<unsigned char>(c)] = true; };
  if (!format_.field_end.empty()) note(format_.field_end.front());
  if (!format_.line_end.empty()) note(format_.line_end.front());
  if (format_.quote) note(*format_.quote);
  if (format_.escape) note(*format_.escape);
}

Status DelimitedLines::add(std::string_view piece) {
  pending_.erase(0, std::exchange(at_, 0));
  pending_ += piece;
  return read(false);
}

Status DelimitedLines::finish() {
  TRY_STATUS(read(true));
  const bool begun = count_ > 0 || state_ == State::field || state_ == State::quoted;
  return begun ? end_line() : Status();
}

Status DelimitedLines::read(bool at_end) {
  while (at_ < pending_.size() && (at_end || pending_.size() - at_ >= ahead_)) {
    const std::size_t before = at_;
    TRY_STATUS(step(at_end));
    line_bytes_ += at_ - before;
    if (line_bytes_ > most_bytes_) return sql::error<1153>();
  }
  return {};
}

Status DelimitedLines::step(bool at_end) {
  switch (state_) {
    case State::skipped:
      if (is_at(format_.line_end, at_)) {
        at_ += format_.line_end.size();
        line_bytes_ = 0;
        if (--skip_ == 0) state_ = State::line_start;
      } else {
        ++at_;
      }
      return {};
    case State::line_start:
      if (format_.line_start.empty()) {
        state_ = State::field_start;
      } else if (is_at(format_.line_start, at_)) {
        at_ += format_.line_start.size();
        state_ = State::field_start;
      } else {
        ++at_;
        line_bytes_ = 0;
      }
      return {};
    case State::field_start:
      was_quoted_ = format_.quote == pending_[at_];
      if (was_quoted_) ++at_;
      state_ = was_quoted_ ? State::quoted : State::field;
      return {};
    case State::field: return step_in_field(at_end);
    case State::quoted: return step_in_quotes(at_end);
  }
  std::unreachable();
}

Status DelimitedLines::step_in_field(bool at_end) {
  if (is_at(format_.field_end, at_)) {
    at_ += format_.field_end.size();
    end_field();
    // Behind a separator there is a field, if an empty one.
    state_ = at_end && at_ == pending_.size() ? State::field : State::field_start;
    return {};
  }
  if (is_at(format_.line_end, at_)) {
    at_ += format_.line_end.size();
    return end_line();
  }
  if (!take_plain()) take_character(at_end);
  return {};
}

Status DelimitedLines::step_in_quotes(bool at_end) {
  const char quote = *format_.quote;
  if (pending_[at_] != quote) {
    if (!take_plain()) take_character(at_end);
    return {};
  }
  const std::size_t behind = at_ + 1;
  const bool escapes_itself = behind < pending_.size() && pending_[behind] == quote;
  if (escapes_itself) {
    put(quote);
    at_ += 2;
  } else if (behind == pending_.size() || is_at(format_.field_end, behind) ||
             is_at(format_.line_end, behind)) {
    at_ = behind;
    state_ = State::field;
  } else {
    put(quote);
    at_ = behind;
  }
  return {};
}

// Characters that neither end anything nor escape, but for the last that may be decided about.
// False: there is none.
bool DelimitedLines::take_plain() {
  const std::size_t end = pending_.size() < ahead_ ? 0 : pending_.size() - ahead_;
  std::size_t to = at_;
  while (to < end && !special_[static_cast<unsigned char>(pending_[to])]) ++to;
  if (to == at_) return false;
  if (count_ < most_fields_) {
    field_.text.append(pending_, at_, to - at_);
  } else {
    has_more_ = true;
  }
  at_ = to;
  return true;
}

void DelimitedLines::take_character(bool at_end) {
  const char c = pending_[at_++];
  const bool last = at_end && at_ == pending_.size();
  if (format_.escape != c || last) {
    put(c);
    return;
  }
  const char letter = pending_[at_++];
  if (letter == 'N') found_null_ = true;
  put(unescaped(letter));
}

void DelimitedLines::put(char c) {
  if (count_ < most_fields_) {
    field_.text.push_back(c);
  } else {
    has_more_ = true;
  }
}

void DelimitedLines::end_field() {
  const bool escaped = found_null_ && field_.text == "N";
  const bool word = format_.quote && !was_quoted_ && field_.text == "NULL";
  field_.is_null = escaped || word;
  if (count_++ < most_fields_) fields_.push_back(std::move(field_));
  field_ = LineField();
  was_quoted_ = found_null_ = false;
}

Status DelimitedLines::end_line() {
  end_field();
  // A separator behind the last field that is wanted, and nothing behind it: as MySQL has it.
  if (count_ == most_fields_ + 1 && !has_more_) --count_;
  has_more_ = false;
  TRY_STATUS(take_(fields_, count_));
  fields_.clear();
  count_ = 0;
  line_bytes_ = 0;
  state_ = State::line_start;
  return {};
}

}  // namespace octavo::mysql
