// Objects from and to lists, and UUIDs.

#include <fmt/format.h>

#include <string>
#include <vector>

#include "base/crypto.h"
#include "base/random.h"
#include "base/uuid.h"
#include "dialect/reql/error.h"
#include "dialect/reql/read/term.h"
#include "value/text.h"

namespace octavo::reql {
namespace {

// r.object(name, value, name, value, …)
Result<Val> object(Env& env, Args& args) {
  if (args.size() % 2 != 0) {
    return fail_logic(
        fmt::format("OBJECT expects an even number of arguments (but found {}).", args.size()));
  }
  std::vector<Field> fields;
  for (std::size_t i = 0; i < args.size(); i += 2) {
    TRY(const Value name, args.string(i));
    TRY(Value content, args.datum(i + 1));
    TRY_STATUS(env.check());
    TRY_STATUS(env.spend(fields.size()));
    for (const Field& field : fields) {
      if (field.name == name.as_string()) {
        return fail_logic(fmt::format("Duplicate key \"{}\" in object.  (got {} and {} as values)",
                                      field.name, print_short(field.value), print_short(content)));
      }
    }
    fields.push_back({std::string(name.as_string()), std::move(content)});
  }
  return Val(make_object(std::move(fields)));
}

// The object that KEYS and VALUES look into. Pseudotypes have no fields.
Result<Value> object_argument(Args& args) {
  TRY(Value datum, args.datum(0));
  if (!is_plain_object(datum)) {
    return args.at(0, fail_logic(fmt::format("Cannot call `{}` on objects of type `{}`.",
                                             args.term().name, type_name(datum))));
  }
  return datum;
}

Result<Val> keys(Env& env, Args& args) {
  TRY(const Value datum, object_argument(args));
  std::vector<Value> names;
  for (const Field& field : datum.as_object()) names.push_back(string(field.name));
  TRY(Value array, make_array(std::move(names), env.array_limit()));
  return Val(std::move(array));
}

Result<Val> values(Env& env, Args& args) {
  TRY(const Value datum, object_argument(args));
  std::vector<Value> contents;
  for (const Field& field : datum.as_object()) contents.push_back(field.value);
  TRY(Value array, make_array(std::move(contents), env.array_limit()));
  return Val(std::move(array));
}

// --- UUIDs (RFC 9562) ---

void set_version(Bytes& uuid, unsigned version) {
  const auto set = [&uuid](std::size_t i, unsigned keep, unsigned bits) {
    uuid[i] = static_cast<char>((static_cast<unsigned char>(uuid[i]) & keep) | bits);
  };
  set(6, 0x0FU, version << 4);
  set(8, 0x3FU, 0x80U);
}

// The name space of RethinkDB's r.uuid(text): the same text gives the same UUID on every server.
constexpr std::string_view kNameSpace = "91461c99-f89d-49d2-af96-d8e2e14e9b58";

Result<Val> uuid(Env&, Args& args) {
  Bytes bits;
  if (args.size() == 0) {
    bits = secure_random_bytes(16);
    set_version(bits, 4);
  } else {
    TRY(const Value name, args.string(0));
    Bytes input = value::parse_uuid(kNameSpace).value();
    input += name.as_string();
    bits = sha1(input).substr(0, 16);
    set_version(bits, 5);
  }
  return Val(string(format_uuid(bits)));
}

constexpr Term kTerms[] = {
    {143, "object", 0, -1, {}, kScalar, object},
    {94, "keys", 1, 1, {}, kScalar, keys},
    {186, "values", 1, 1, {}, kScalar, values},
    // With a name it is a pure function, but a term has one flag: it counts as random.
    {169, "uuid", 0, 1, {}, kNotDeterministic, uuid},
};

}  // namespace

std::span<const Term> object_terms() { return kTerms; }

}  // namespace octavo::reql
