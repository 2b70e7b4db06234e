#include "protocol/rethinkdb/cheap.h"

#include "dialect/reql/purity.h"
#include "protocol/rethinkdb/service_state.h"

namespace octavo::rethinkdb {
namespace {

constexpr std::size_t kMaxNodes = 64;

}  // namespace

bool is_cheap(const reql::Query& query) {
  return query.term != nullptr && reql::is_cheap(query.term, kMaxNodes);
}

bool is_urgent(const reql::Query& query) {
  return reql::first_database(query.term, query.options) == kSystemDatabaseName;
}

}  // namespace octavo::rethinkdb
