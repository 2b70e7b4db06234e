#include "protocol/mongodb/command/new_document.h"

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <chrono>
#include <utility>
#include <vector>

#include "base/random.h"
#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/type/bson_form.h"
#include "dialect/mongodb/type/type.h"
#include "protocol/mongodb/bson/bson.h"
#include "protocol/mongodb/command/collection.h"
#include "protocol/mongodb/command/log_clock.h"

namespace octavo::mongodb {
namespace {

using value::Field;
using value::Type;
using value::Value;

constexpr std::size_t kMaxDocumentBytes = 16 * kMiB;

bool is_zero_timestamp(const Value& value) {
  return value.type() == Type::log_stamp && value.log_stamp_seconds() == 0 &&
         value.log_stamp_increment() == 0;
}

std::uint32_t seconds_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(now).count());
}

}  // namespace

Status check_batch_size(std::size_t statements) {
  if (statements >= 1 && statements <= kMostStatements) return {};
  return error(ErrorCode::invalid_length,
               "Write batch sizes must be between 1 and {}. Got {} operations.", kMostStatements,
               statements);
}

Value new_object_id() {
  static const Bytes process = secure_random_bytes(5);
  static std::atomic<std::uint32_t> counter{load_le<std::uint32_t>(secure_random_bytes(4).data())};
  Bytes id;
  put_be(id, seconds_now());
  id += process;
  const std::uint32_t next = counter.fetch_add(1, std::memory_order_relaxed);
  for (const unsigned shift : {16U, 8U, 0U}) id.push_back(static_cast<char>(next >> shift));
  return Value::object_id(id);
}

Status check_id(const Value& id) {
  switch (id.type()) {
    case Type::array:
    case Type::regex:
    case Type::undefined:
      return error(ErrorCode::invalid_id_field, "The '_id' value cannot be of type {}",
                   type_alias(id));
    case Type::object:
      for (const Field& field : id.as_object()) {
        if (!field.name.starts_with('$')) continue;
        return error(ErrorCode::dollar_prefixed_field_name,
                     "_id fields may not contain '$'-prefixed fields: {} is not valid for "
                     "storage.",
                     field.name);
      }
      return {};
    default: return {};
  }
}

Status check_document(const Value& document) {
  if (document.depth() > kMaxBsonDepth) {
    return error(ErrorCode::overflow, "Document exceeds maximum nested depth of {}", kMaxBsonDepth);
  }
  const std::size_t size = bson_size(document);
  if (size <= kMaxDocumentBytes) return {};
  return error(ErrorCode::bson_object_too_large,
               "object to insert too large. size in bytes: {}, max size: {}", size,
               kMaxDocumentBytes);
}

Result<Value> new_document(const Value& given) {
  const Value* const id = given.find(kIdField);
  if (id != nullptr) TRY_STATUS(check_id(*id));
  const auto fields = given.as_object();
  const bool as_it_is = !fields.empty() && fields.front().name == kIdField &&
                        std::ranges::none_of(fields, [](const Field& field) {
                          return is_zero_timestamp(field.value);
                        });
  Value document = given;
  if (!as_it_is) {
    std::vector<Field> made;
    made.reserve(fields.size() + 1);
    made.push_back({std::string(kIdField), id == nullptr ? new_object_id() : *id});
    for (const Field& field : fields) {
      if (field.name == kIdField) continue;
      made.push_back({field.name, is_zero_timestamp(field.value)
                                      ? Value::log_stamp(seconds_now(), 1)
                                      : field.value});
    }
    document = Value::object(std::move(made));
  }
  TRY_STATUS(check_document(document));
  return document;
}

}  // namespace octavo::mongodb
