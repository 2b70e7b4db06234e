#include <bson/bson.h>
#include <fmt/format.h>

#include "load.h"
#include "ycsb.h"

namespace octavo::load {
namespace {

constexpr std::size_t kHeaderBytes = 16;
constexpr std::size_t kBeforeDocument = kHeaderBytes + 5;  // flags and the kind of the one section
constexpr std::uint32_t kOpMsg = 2013;
constexpr std::size_t kDocumentsAtOnce = 500;  // of one insert that fills the collection

// A document of BSON that is being written.
class Document {
 public:
  Document& text(std::string_view name, std::string_view value) {
    bson_append_utf8(get(), name.data(), int_of(name), value.data(), int_of(value));
    return *this;
  }
  Document& number(std::string_view name, std::int32_t value) {
    bson_append_int32(get(), name.data(), int_of(name), value);
    return *this;
  }
  Document& boolean(std::string_view name, bool value) {
    bson_append_bool(get(), name.data(), int_of(name), value);
    return *this;
  }
  Document& document(std::string_view name, const Document& value) {
    bson_append_document(get(), name.data(), int_of(name), value.get());
    return *this;
  }
  // Whose names are "0", "1", …
  Document& array(std::string_view name, const Document& elements) {
    bson_append_array(get(), name.data(), int_of(name), elements.get());
    return *this;
  }
  BytesView bytes() const {
    return {reinterpret_cast<const char*>(bson_get_data(get())), get()->len};
  }

 private:
  // With the alignment of the type, which is lost where it is a template's argument.
  struct Held {
    Held() { bson_init(&bson); }
    ~Held() { bson_destroy(&bson); }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    bson_t bson;
  };
  static int int_of(std::string_view text) { return static_cast<int>(text.size()); }
  bson_t* get() const { return &held_->bson; }
  std::unique_ptr<Held> held_ = std::make_unique<Held>();
};

Bytes message(std::uint32_t id, const Document& command) {
  Bytes out;
  put_le(out, static_cast<std::uint32_t>(kBeforeDocument + command.bytes().size()));
  put_le(out, id);
  put_le(out, std::uint32_t{0});
  put_le(out, kOpMsg);
  put_le(out, std::uint32_t{0});
  out.push_back('\0');
  return out.append(command.bytes());
}

// Of a reply's document: the text of its error, or of its first failed write.
std::string error_of(BytesView document) {
  bson_t reply;
  bson_iter_t at;
  if (!bson_init_static(&reply, reinterpret_cast<const std::uint8_t*>(document.data()),
                        document.size())) {
    return "a reply that is no BSON";
  }
  bson_iter_t inner;
  if (bson_iter_init(&at, &reply) &&
      bson_iter_find_descendant(&at, "writeErrors.0.errmsg", &inner)) {
    return bson_iter_utf8(&inner, nullptr);
  }
  if (bson_iter_init_find(&at, &reply, "ok") && bson_iter_as_bool(&at)) return {};
  if (bson_iter_init_find(&at, &reply, "errmsg")) return bson_iter_utf8(&at, nullptr);
  return "a reply without ok";
}

Document row(std::string_view key, Random& random) {
  Document out;
  out.text("_id", key);
  for (std::size_t i = 0; i < ycsb::kFields; ++i) {
    out.text(ycsb::field_name(i), ycsb::field_text(random));
  }
  return out;
}

Document named(std::string_view command) {
  Document out;
  out.text(command, ycsb::kTable);
  return out;
}

Document read(std::string_view key) {
  Document filter;
  filter.text("_id", key);
  Document out = named("find");
  out.document("filter", filter).number("limit", 1).boolean("singleBatch", true);
  return out;
}

// All rows in one batch.
Document scan(std::string_view first, std::int32_t rows) {
  Document from;
  from.text("$gte", first);
  Document filter;
  filter.document("_id", from);
  Document order;
  order.number("_id", 1);
  Document out = named("find");
  out.document("filter", filter).document("sort", order);
  out.number("limit", rows).number("batchSize", rows).boolean("singleBatch", true);
  return out;
}

Document update(std::string_view key, Random& random) {
  Document filter;
  filter.text("_id", key);
  Document fields;
  fields.text(ycsb::field_name(random.below(ycsb::kFields)), ycsb::field_text(random));
  Document change;
  change.document("$set", fields);
  Document one;
  one.document("q", filter).document("u", change);
  Document all;
  all.document("0", one);
  Document out = named("update");
  out.array("updates", all);
  return out;
}

Document insert(const Document& documents) {
  Document out = named("insert");
  out.array("documents", documents);
  return out;
}

class Mongodb final : public Dialect {
 public:
  // `documents`: how many the opening puts into the collection, after it has dropped it.
  Mongodb(const Plan& plan, std::size_t connection, std::uint64_t documents)
      : plan_(plan), keys_(plan, connection), to_fill_(documents) {}

  std::string opening(std::size_t step, BytesView) override {
    if (filled_ == to_fill_) return {};
    if (step == 0) return send(named("drop"));
    Random random(step);
    Document documents;
    for (std::size_t i = 0; i < kDocumentsAtOnce && filled_ < to_fill_; ++i, ++filled_) {
      documents.document(std::to_string(i), row(ycsb::key(filled_), random));
    }
    return send(insert(documents));
  }

  void request(std::string_view operation, Random& random, Bytes& out) override {
    if (operation == ycsb::kRead) {
      out += send(read(keys_.any(random)));
    } else if (operation == ycsb::kReadLatest) {
      out += send(read(keys_.latest(random)));
    } else if (operation == ycsb::kScan) {
      const auto rows = static_cast<std::int32_t>(1 + random.below(ycsb::kMostScanned));
      out += send(scan(keys_.any(random), rows));
    } else if (operation == ycsb::kUpdate) {
      out += send(with_concern(update(keys_.any(random), random)));
    } else {
      Document documents;
      documents.document("0", row(keys_.add(), random));
      out += send(with_concern(insert(documents)));
    }
  }

  Reply reply(BytesView input) override {
    if (input.size() < kBeforeDocument) return {};
    const std::size_t size = load_le<std::uint32_t>(input.data());
    if (input.size() < size) return {};
    std::string error = error_of(input.substr(kBeforeDocument, size - kBeforeDocument));
    if (error == "ns not found") error.clear();  // nothing to drop
    return {size, std::move(error)};
  }

 private:
  // Without it a write is on the disk, as the default of a replica set has it.
  Document with_concern(Document command) const {
    Document concern;
    concern.number("w", 1).boolean("j", plan_.hard);
    command.document("writeConcern", concern);
    return command;
  }
  Bytes send(Document command) {
    command.text("$db", "test");
    return message(++id_, command);
  }

  const Plan& plan_;
  ycsb::Keys keys_;
  std::uint64_t to_fill_;
  std::uint64_t filled_ = 0;
  std::uint32_t id_ = 0;
};

}  // namespace

std::unique_ptr<Dialect> make_mongodb(const Plan& plan, std::size_t connection) {
  return std::make_unique<Mongodb>(plan, connection, 0);
}

std::unique_ptr<Dialect> prepare_mongodb(const Plan& plan, std::size_t connection) {
  return std::make_unique<Mongodb>(plan, connection, plan.key_space);
}

}  // namespace octavo::load
