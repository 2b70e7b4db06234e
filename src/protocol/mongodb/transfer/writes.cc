#include "protocol/mongodb/transfer/writes.h"

#include <bson/bson.h>
#include <fmt/format.h>

#include <optional>
#include <utility>

#include "base/limits.h"
#include "protocol/mongodb/bson/bson.h"
#include "protocol/mongodb/command/build.h"
#include "value/json.h"

namespace octavo::mongodb::transfer {
namespace {

using value::Value;

// Well below what a message may have; a document of 16 MiB goes alone.
constexpr std::size_t kFullBytes = 4 * kMiB;
constexpr std::size_t kFullDocuments = 1000;  // a transaction of the target

constexpr char kDocumentTag = '\x03';
constexpr char kArrayTag = '\x04';
constexpr std::size_t kLengthBytes = sizeof(std::uint32_t);

void put_element(Bytes& out, char tag, std::string_view name) {
  out.push_back(tag);
  out.append(name);
  out.push_back('\0');
}

std::vector<WriteFailure> failures_of(const Value& reply) {
  std::vector<WriteFailure> out;
  const Value* const errors = reply.find("writeErrors");
  if (errors == nullptr || !errors->is_array()) return out;
  for (const Value& row : errors->as_array()) {
    const Value* const index = row.find("index");
    const Value* const code = row.find("code");
    const Value* const text = row.find("errmsg");
    const auto number = [](const Value* value) {
      return value != nullptr && value->is_number() ? value->to_int64().value_or(0) : 0;
    };
    out.push_back(
        {.index = static_cast<std::size_t>(number(index)),
         .error = {.code = Code::user_error,
                   .what = text != nullptr && text->is_string() ? std::string(text->as_string())
                                                                : std::string("not written"),
                   .number = static_cast<std::uint32_t>(number(code))}});
  }
  return out;
}

Value write_options() {
  return document(
      {{"ordered", Value::boolean(false)},
       {"bypassDocumentValidation", Value::boolean(true)},
       {"writeConcern", document({{"w", Value::int32(1)}, {"j", Value::boolean(false)}})}});
}

Value delete_options() {
  return document(
      {{"ordered", Value::boolean(false)},
       {"writeConcern", document({{"w", Value::int32(1)}, {"j", Value::boolean(false)}})}});
}

Value key_of(BytesView document) {
  const auto id = id_of(document);
  auto read = id ? read_bson(*id) : Result<Value>(Value::object({}));
  return read ? *std::move(read) : Value::object({});
}

// The error is of the command as a whole; what is returned, of a document.
Result<std::optional<Error>> insert_once(Commands& target, const CollectionName& name,
                                         const BsonList& documents) {
  TRY(const Value reply,
      target.run(name.database,
                 documents.command("insert", name.collection, "documents", write_options())));
  for (const WriteFailure& failure : failures_of(reply)) {
    if (failure.error.number == kDuplicateKey) continue;
    if (failure.index >= documents.size()) return failure.error;
    return about_document(name, key_of(documents[failure.index]), failure.error);
  }
  return std::nullopt;
}

Status only(Result<std::optional<Error>> outcome) {
  if (!outcome) return fail(std::move(outcome).error());
  return *outcome ? Status(fail(**outcome)) : Status();
}

}  // namespace

Result<Bytes> id_of(BytesView document) {
  bson_t read;
  const auto* data = reinterpret_cast<const std::uint8_t*>(document.data());
  bson_iter_t at;
  if (!bson_init_static(&read, data, document.size()) || !bson_iter_init_find(&at, &read, "_id")) {
    return fail(Code::corrupt, "a document without an _id");
  }
  bson_t key = BSON_INITIALIZER;
  bson_append_iter(&key, "_id", -1, &at);
  Bytes out(reinterpret_cast<const char*>(bson_get_data(&key)), key.len);
  bson_destroy(&key);
  return out;
}

void BsonList::add(BytesView document) {
  put_element(elements_, kDocumentTag, fmt::format("{}", ends_.size()));
  begins_.push_back(elements_.size());
  elements_.append(document);
  ends_.push_back(elements_.size());
}

void BsonList::clear() {
  elements_.clear();
  begins_.clear();
  ends_.clear();
}

BytesView BsonList::operator[](std::size_t index) const {
  return BytesView(elements_).substr(begins_[index], ends_[index] - begins_[index]);
}

bool BsonList::is_full() const { return bytes() >= kFullBytes || size() >= kFullDocuments; }

Bytes BsonList::command(std::string_view name, std::string_view collection, std::string_view list,
                        const Value& options) const {
  Bytes out;
  write_bson(document({{std::string(name), text(collection)}}), out);
  out.pop_back();
  Bytes more;
  write_bson(options, more);
  out.append(more, kLengthBytes, more.size() - kLengthBytes - 1);
  put_element(out, kArrayTag, list);
  put_le(out, static_cast<std::uint32_t>(kLengthBytes + elements_.size() + 1));
  out.append(elements_);
  out.append(2, '\0');  // the ends of the array and of the command
  store_le(out.data(), static_cast<std::uint32_t>(out.size()));
  return out;
}

Error about_document(const CollectionName& name, const Value& key, const Error& error) {
  Error out = error;
  out.what = fmt::format("{}: the document {}: {}", name.full(), value::to_json(key), error.what);
  return out;
}

Status insert_documents(Commands& target, const CollectionName& name, const BsonList& documents) {
  auto all = insert_once(target, name, documents);
  if (all || is_passing(all.error())) return only(std::move(all));
  // A document that is refused may be the reason why all were: alone it can be named.
  for (std::size_t i = 0; i < documents.size(); ++i) {
    BsonList alone;
    alone.add(documents[i]);
    auto one = insert_once(target, name, alone);
    if (!one && !is_passing(one.error())) {
      return fail(about_document(name, key_of(documents[i]), one.error()));
    }
    TRY_STATUS(only(std::move(one)));
  }
  return {};
}

Result<std::vector<WriteFailure>> update_documents(Commands& target, const CollectionName& name,
                                                   const BsonList& statements) {
  TRY(const Value reply, target.run(name.database, statements.command("update", name.collection,
                                                                      "updates", write_options())));
  return failures_of(reply);
}

Result<std::vector<WriteFailure>> delete_documents(Commands& target, const CollectionName& name,
                                                   const BsonList& statements) {
  TRY(const Value reply,
      target.run(name.database,
                 statements.command("delete", name.collection, "deletes", delete_options())));
  return failures_of(reply);
}

}  // namespace octavo::mongodb::transfer
