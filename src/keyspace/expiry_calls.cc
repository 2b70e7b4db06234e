#include "keyspace/expiry_calls.h"

#include <string_view>
#include <utility>
#include <vector>

#include "keyspace/command_table.h"

namespace octavo::keyspace {

ExpiryCalls::ExpiryCalls(Expired expired) : expired_(std::move(expired)), batch_(replies_) {
  const auto* keys = keyspace_commands().find_logged("octavo.expire");
  for (const KeyRef& ref : expired_.keys) {
    const std::string_view args[] = {keys->name, ref.key};
    batch_.add(*keys, ref.db, args);
  }
  const auto* fields = keyspace_commands().find_logged("octavo.expire_fields");
  for (const FieldsRef& ref : expired_.fields) {
    std::vector<std::string_view> args{fields->name, ref.key};
    args.insert(args.end(), ref.fields.begin(), ref.fields.end());
    batch_.add(*fields, ref.db, args);
  }
}

}  // namespace octavo::keyspace
