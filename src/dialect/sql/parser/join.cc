// Joins. Each ON belongs to the nearest join that waits for one, and a join may do without: `a JOIN
// b JOIN c ON x` may mean two things until it ends. So joins are kept as what they add to the
// tables on their left, and become a tree when all is known.

#include <vector>

#include "dialect/sql/parser/grammar.h"

namespace octavo::sql {
namespace {

struct JoinWords {
  JoinKind kind = JoinKind::inner;
  bool natural = false;
};

// Takes the words of a join, if there are any.
Parsed<std::optional<JoinWords>> take_join_words(Parser& parser) {
  JoinWords words;
  if (parser.take("STRAIGHT_JOIN")) {
    words.kind = JoinKind::straight;
    return words;
  }
  if (parser.take("CROSS") || parser.take("INNER")) {
    TRY_STATUS(parser.expect("JOIN"));
    return words;
  }
  words.natural = parser.take("NATURAL");
  if (parser.at("LEFT") || parser.at("RIGHT")) {
    words.kind = parser.at("LEFT") ? JoinKind::left : JoinKind::right;
    parser.advance();
    parser.take("OUTER");
  } else if (words.natural) {
    parser.take("INNER");
  } else if (!parser.at("JOIN")) {
    return std::nullopt;
  }
  TRY_STATUS(parser.expect("JOIN"));
  return words;
}

// A tree of joins by its left edge: ((first + steps[0]) + steps[1]) …
struct Step {
  JoinWords words;
  TableRef right;
  Ref<Expr> on;
  List<Name> using_columns;
};
struct Chain {
  TableRef first;
  std::vector<Step> steps;
};

TableRef tree_of(Parser& parser, const Chain& chain) {
  TableRef tree = chain.first;
  for (const Step& step : chain.steps) {
    const Join join{.kind = step.words.kind,
                    .natural = step.words.natural,
                    .left = tree,
                    .right = step.right,
                    .on = step.on,
                    .using_columns = step.using_columns};
    tree = {.place = {tree.place.begin, step.right.place.end}, .node = parser.make(join)};
  }
  return tree;
}

// What stands on the left of a join that has no condition yet.
struct OpenJoin {
  Chain left;
  JoinKind kind;
};

Checked parse_condition(Parser& parser, Step& step) {
  if (parser.take("ON")) {
    TRY(step.on, parse_expr_node(parser));
    return {};
  }
  TRY_STATUS(parser.expect("USING"));
  TRY(step.using_columns, parser.names_in_parentheses());
  return {};
}

// The innermost join that waits gets its condition.
Checked close_with_condition(Parser& parser, std::vector<OpenJoin>& open, Chain& chain) {
  Step step{.words = {.kind = open.back().kind}, .right = tree_of(parser, chain)};
  TRY_STATUS(parse_condition(parser, step));
  chain = std::move(open.back().left);
  open.pop_back();
  chain.steps.push_back(step);
  return parser.deepen();
}

// One that waited in vain joins what is first on its right, before all that was joined to that.
Checked close_without_condition(Parser& parser, std::vector<OpenJoin>& open, Chain& chain) {
  const JoinKind kind = open.back().kind;
  if (kind == JoinKind::left || kind == JoinKind::right) return parser.unexpected();
  Chain left = std::move(open.back().left);
  open.pop_back();
  left.steps.push_back({.words = {.kind = kind}, .right = chain.first});
  left.steps.insert(left.steps.end(), chain.steps.begin(), chain.steps.end());
  chain = std::move(left);
  return parser.deepen();
}

}  // namespace

Parsed<TableRef> parse_table_ref(Parser& parser) {
  const Nested nested(parser);
  if (!nested) return parser.fault(FaultKind::too_deep);
  std::vector<OpenJoin> open;
  Chain chain;
  TRY(chain.first, parse_table_factor(parser));
  for (;;) {
    if (!open.empty() && (parser.at("ON") || parser.at("USING"))) {
      TRY_STATUS(close_with_condition(parser, open, chain));
      continue;
    }
    TRY(const auto words, take_join_words(parser));
    if (!words) break;
    if (open.size() == kMaxGrammarDepth) return parser.fault(FaultKind::too_deep);
    TRY(const TableRef next, parse_table_factor(parser));
    if (words->natural) {
      chain.steps.push_back({.words = *words, .right = next});
      TRY_STATUS(parser.deepen());
    } else {
      open.push_back({.left = std::move(chain), .kind = words->kind});
      chain = {.first = next};
    }
  }
  while (!open.empty()) TRY_STATUS(close_without_condition(parser, open, chain));
  return tree_of(parser, chain);
}

}  // namespace octavo::sql
