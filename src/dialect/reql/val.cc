#include "dialect/reql/val.h"

namespace octavo::reql {

std::string_view kind_name(Kind kind) {
  switch (kind) {
    case Kind::datum: return "DATUM";
    case Kind::database: return "DATABASE";
    case Kind::table: return "TABLE";
    case Kind::table_slice: return "TABLE_SLICE";
    case Kind::selection: return "SELECTION";
    case Kind::sequence: return "SEQUENCE";
    case Kind::single_selection: return "SINGLE_SELECTION";
    case Kind::grouped: return "GROUPED_DATA";
    case Kind::function: return "FUNCTION";
  }
  std::unreachable();
}

Val Val::slice(TableSlice slice) {
  Val val;
  val.node_ = std::make_shared<const TableSlice>(std::move(slice));
  return val;
}

Val Val::selection(Selection selection) {
  Val val;
  val.node_ = std::make_shared<const Selection>(std::move(selection));
  return val;
}

Val Val::single(SingleSelection single) {
  Val val;
  val.node_ = std::make_shared<const SingleSelection>(std::move(single));
  return val;
}

Val Val::grouped(std::map<Value, Value, DatumLess> groups) {
  Val val;
  val.node_ = std::make_shared<const std::map<Value, Value, DatumLess>>(std::move(groups));
  return val;
}

Val Val::function(Function function) {
  Val val;
  val.node_ = std::make_shared<const Function>(std::move(function));
  return val;
}

bool Val::is_sequence_like() const {
  switch (kind()) {
    case Kind::table:
    case Kind::table_slice:
    case Kind::selection:
    case Kind::sequence: return true;
    case Kind::datum: return datum().is_array();
    case Kind::database:
    case Kind::single_selection:
    case Kind::grouped:
    case Kind::function: return false;
  }
  std::unreachable();
}

}  // namespace octavo::reql
