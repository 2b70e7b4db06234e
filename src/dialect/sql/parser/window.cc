// Windows of window functions.

#include "dialect/sql/parser/grammar.h"

namespace octavo::sql {
namespace {

Parsed<FrameBound> parse_bound(Parser& parser) {
  FrameBound bound;
  if (parser.take("CURRENT")) {
    TRY_STATUS(parser.expect("ROW"));
    return bound;
  }
  const bool unbounded = parser.take("UNBOUNDED");
  if (!unbounded) {
    if (parser.at("INTERVAL")) {
      TRY(const Expr offset, parse_interval(parser));
      bound.offset = parser.make(offset);
    } else {
      TRY(const Expr offset, parse_operand(parser, Level::unary));
      bound.offset = parser.make(offset);
    }
  }
  if (parser.take("PRECEDING")) {
    bound.kind = unbounded ? FrameBound::Kind::unbounded_preceding : FrameBound::Kind::preceding;
  } else {
    TRY_STATUS(parser.expect("FOLLOWING"));
    bound.kind = unbounded ? FrameBound::Kind::unbounded_following : FrameBound::Kind::following;
  }
  return bound;
}

Parsed<Frame::Exclude> parse_exclude(Parser& parser) {
  if (!parser.take("EXCLUDE")) return Frame::Exclude::nothing;
  if (parser.take("CURRENT")) {
    TRY_STATUS(parser.expect("ROW"));
    return Frame::Exclude::current_row;
  }
  if (parser.take("GROUP")) return Frame::Exclude::group;
  if (parser.take("TIES")) return Frame::Exclude::ties;
  TRY_STATUS(parser.expect("NO", "OTHERS"));
  return Frame::Exclude::nothing;
}

struct UnitRow {
  Terminal word;
  Frame::Unit unit;
};
constexpr UnitRow kFrameUnits[] = {
    {"ROWS", Frame::Unit::rows}, {"RANGE", Frame::Unit::range}, {"GROUPS", Frame::Unit::groups}};

Parsed<Ref<Frame>> parse_frame(Parser& parser) {
  for (const UnitRow& row : kFrameUnits) {
    if (!parser.take(row.word)) continue;
    Frame frame{.unit = row.unit};
    if (parser.take("BETWEEN")) {
      TRY(frame.start, parse_bound(parser));
      TRY_STATUS(parser.expect("AND"));
      TRY(frame.end, parse_bound(parser));
    } else {
      TRY(frame.start, parse_bound(parser));
    }
    TRY(frame.exclude, parse_exclude(parser));
    return parser.make(frame);
  }
  return Ref<Frame>();
}

}  // namespace

Parsed<Window> parse_window(Parser& parser) {
  Window window;
  TRY_STATUS(parser.expect("("));
  if (parser.at_name()) {
    TRY(window.base, parser.name());
  }
  if (parser.take("PARTITION")) {
    TRY_STATUS(parser.expect("BY"));
    TRY(window.partition_by, parse_exprs(parser));
  }
  TRY(window.order_by, parse_order_by(parser));
  TRY(window.frame, parse_frame(parser));
  TRY_STATUS(parser.expect(")"));
  return window;
}

Parsed<Ref<Over>> parse_over(Parser& parser) {
  TRY_STATUS(parser.expect("OVER"));
  Over over;
  if (parser.at("(")) {
    TRY(over.window, parse_window(parser));
  } else {
    TRY(over.name, parser.name());
  }
  return parser.make(over);
}

}  // namespace octavo::sql
