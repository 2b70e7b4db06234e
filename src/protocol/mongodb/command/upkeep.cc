// What operators do about a server of MongoDB, and what there is to do about it here.

#include <charconv>

#include "dialect/mongodb/error/error.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/collection.h"

namespace octavo::mongodb {
namespace {

using enum FieldRule;
using value::Value;

// Plans are made anew for each query: there are none to be forgotten.
Result<Reply> run_clear_plans(CommandCall& call) {
  TRY_STATUS(refuse_view(*call.engine().catalog(), call.database(), call.collection()));
  const bool has_query = call.find("query") != nullptr;
  if (!has_query && (call.find("sort") != nullptr || call.find("projection") != nullptr ||
                     call.find("collation") != nullptr)) {
    return error(ErrorCode::bad_value, "sort, projection or collation provided without query");
  }
  return Reply();
}

// "name:27017", "[::1]:27017", or a name alone.
Status check_address(std::string_view text) {
  constexpr std::uint32_t kMostPort = 65'535;
  const auto wrong = [text] {
    return error(ErrorCode::failed_to_parse, "'{}' is no address of a host", text);
  };
  std::string_view host = text;
  std::string_view rest;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == text.npos) return wrong();
    host = text.substr(1, end - 1);
    rest = text.substr(end + 1);
  } else if (const std::size_t colon = text.find(':'); colon != text.npos) {
    host = text.substr(0, colon);
    rest = text.substr(colon);
  }
  if (host.empty()) return wrong();
  if (rest.empty()) return {};
  if (!rest.starts_with(':')) return wrong();
  rest.remove_prefix(1);
  std::uint32_t port = 0;
  const auto read = std::from_chars(rest.data(), rest.data() + rest.size(), port);
  const bool whole = read.ec == std::errc() && read.ptr == rest.data() + rest.size();
  if (!whole || port == 0 || port > kMostPort) return wrong();
  return {};
}

// Connections of the server to others of its set, of which there are none.
Result<Reply> run_drop_connections(CommandCall& call) {
  for (const Value& address : call.elements("hostAndPort")) {
    if (address.is_null()) continue;
    if (!address.is_string()) {
      return wrong_type("dropConnections.hostAndPort", address, field::kString);
    }
    TRY_STATUS(check_address(address.as_string()));
  }
  return Reply();
}

// All that was committed is on the disk when the reply comes.
Result<Reply> run_unlock(CommandCall& call) {
  TRY_STATUS(call.engine().access().require(call.user(), catalog::Permission::config, {}, {}));
  return error(ErrorCode::illegal_operation, "{} called when not locked", call.name());
}

constexpr FieldRow kClearPlans[] = {
    {"query"},
    {"sort"},
    {"projection"},
    {"collation"},
};
constexpr FieldRow kDropConnections[] = {{"hostAndPort", field::kArray, required}};

constexpr CommandRow kRows[] = {
    {.name = "planCacheClear",
     .target = Target::collection,
     .flags = kHere,
     .needs = catalog::Permission::read,
     .fields = kClearPlans,
     .run = run_clear_plans,
     .help = "forgets plans of queries"},
    {.name = "fsyncUnlock",
     .flags = kAdminOnly | kHere | kAnyFields,
     .run = run_unlock,
     .help = "ends a lock of fsync"},
    {.name = "dropConnections",
     .flags = kAdminOnly | kHere,
     .fields = kDropConnections,
     .run = run_drop_connections,
     .help = "ends connections to other members"},
};

}  // namespace

std::span<const CommandRow> upkeep_commands() { return kRows; }

}  // namespace octavo::mongodb
