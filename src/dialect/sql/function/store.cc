#include "dialect/sql/function/store.h"

#include "value/decimal.h"

namespace octavo::sql {

StoreRule store_rule(const SessionFacts& session, bool ignore) {
  const bool strict = (session.mode & sql_mode::kStrict) != 0;
  return strict && !ignore ? StoreRule::strict : StoreRule::adjust;
}

}  // namespace octavo::sql
