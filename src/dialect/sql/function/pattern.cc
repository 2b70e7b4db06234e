// LIKE and REGEXP.

#include "dialect/sql/function/pattern.h"

#include <re2/re2.h>

#include "dialect/sql/error/error.h"
#include "dialect/sql/function/arguments.h"
#include "dialect/sql/function/expressions.h"
#include "dialect/sql/function/numbers.h"
#include "dialect/sql/function/operation_tables.h"
#include "value/utf8.h"

namespace octavo::sql {
namespace {

using value::Collation;
using value::Value;

// One place of a pattern: a character, or what stands for any of them.
struct Piece {
  enum class Kind : std::uint8_t { character, any_one, any_many } kind = Kind::character;
  std::string weights;  // of the character
};

std::vector<Piece> pieces_of(std::string_view pattern, std::string_view escape,
                             const Collation& collation) {
  std::vector<Piece> pieces;
  while (!pattern.empty()) {
    Piece piece;
    if (!escape.empty() && pattern.size() > escape.size() && pattern.starts_with(escape)) {
      pattern.remove_prefix(escape.size());
      collation.take(pattern, piece.weights);
    } else if (pattern.front() == '%') {
      pattern.remove_prefix(1);
      if (!pieces.empty() && pieces.back().kind == Piece::Kind::any_many) continue;
      piece.kind = Piece::Kind::any_many;
    } else if (pattern.front() == '_') {
      pattern.remove_prefix(1);
      piece.kind = Piece::Kind::any_one;
    } else {
      collation.take(pattern, piece.weights);
    }
    pieces.push_back(std::move(piece));
  }
  return pieces;
}

// The pattern that the thread matched last, which rows share. One that is long is read again for
// each text: it is let go with the match.
constexpr std::size_t kKeptPattern = 4'096;

Result<std::span<const Piece>> pieces_of_last(std::string_view pattern, std::string_view escape,
                                              const Collation& collation,
                                              std::vector<Piece>& unkept,
                                              function::EvalContext& context) {
  if (pattern.size() > kKeptPattern) {
    TRY_STATUS(context.require(pattern.size() * sizeof(Piece)));
    unkept = pieces_of(pattern, escape, collation);
    return std::span<const Piece>(unkept);
  }
  struct Last {
    std::string pattern, escape;
    const Collation* collation = nullptr;
    std::vector<Piece> pieces;
  };
  thread_local Last last;
  if (last.collation != &collation || last.pattern != pattern || last.escape != escape) {
    last = {.pattern = std::string(pattern),
            .escape = std::string(escape),
            .collation = &collation,
            .pieces = pieces_of(pattern, escape, collation)};
  }
  return std::span<const Piece>(last.pieces);
}

// Goes back to the last `%` when something does not match: it takes one character more then.
class Match {
 public:
  Match(std::span<const Piece> pieces, std::string_view text, const Collation& collation)
      : pieces_(pieces), rest_(text), collation_(collation) {}

  Result<bool> run(function::EvalContext& context) {
    while (!rest_.empty() || at_ < pieces_.size()) {
      TRY_STATUS(context.spend(1));
      if (at_ < pieces_.size() && pieces_[at_].kind == Piece::Kind::any_many) {
        back_to_ = ++at_;
        back_rest_ = rest_;
        continue;
      }
      if (step()) continue;
      if (!back_to_ || back_rest_.empty()) return false;
      TRY_STATUS(context.check());
      skip(back_rest_);
      at_ = *back_to_;
      rest_ = back_rest_;
    }
    return true;
  }

 private:
  void skip(std::string_view& text) {
    weights_.clear();
    collation_.take(text, weights_);
  }

  bool step() {
    if (at_ == pieces_.size() || rest_.empty()) return false;
    const Piece& piece = pieces_[at_];
    if (piece.kind == Piece::Kind::any_one) {
      skip(rest_);
    } else {
      weights_.clear();
      collation_.take(rest_, weights_);
      if (weights_ != piece.weights) return false;
    }
    ++at_;
    return true;
  }

  std::span<const Piece> pieces_;
  std::string_view rest_;
  const Collation& collation_;
  std::size_t at_ = 0;
  std::optional<std::size_t> back_to_;
  std::string_view back_rest_;
  std::string weights_;
};

// One character, or none.
bool is_escape(std::string_view escape) {
  if (!escape.empty()) value::take_code_point(escape);
  return escape.empty();
}

Result<Value> like(const SingleCall& call, Args args) {
  TRY(const std::string_view text, string_at(args, 0));
  TRY(const std::string_view pattern, string_at(args, 1));
  TRY(const std::string_view escape, string_at(args, 2));
  TRY(const Collation* collation, collation_at(args, 3));
  if (!is_escape(escape)) return error<1210>("ESCAPE");
  TRY(const bool matches, is_like(text, pattern, escape, *collation, call.context));
  return Value::boolean(matches);
}

Result<Value> regexp(const SingleCall& call, Args args) {
  TRY(const std::string_view text, string_at(args, 0));
  TRY(const std::string_view pattern, string_at(args, 1));
  TRY(const std::int64_t case_counts, integer_at(args, 2));
  TRY(const re2::RE2* expression, compiled_expression(pattern, case_counts != 0));
  TRY_STATUS(call.context.spend(text.size() / 64));
  return Value::boolean(
      re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *expression));
}

constexpr OperationRow kRows[] = {
    {.number = op::kLike,
     .name = "sql.like",
     .least = 4,
     .flags = operation_flag::kStrict | operation_flag::kInfix,
     .symbol = "like",
     .single = like},
    {.number = op::kRegexp,
     .name = "sql.regexp",
     .least = 3,
     .flags = operation_flag::kStrict | operation_flag::kInfix,
     .symbol = "regexp",
     .single = regexp},
};

}  // namespace

Result<bool> is_like(std::string_view text, std::string_view pattern, std::string_view escape,
                     const Collation& collation, function::EvalContext& context) {
  std::vector<Piece> unkept;
  TRY(const auto pieces, pieces_of_last(pattern, escape, collation, unkept, context));
  return Match(pieces, text, collation).run(context);
}

std::span<const OperationRow> pattern_operations() { return kRows; }

}  // namespace octavo::sql
