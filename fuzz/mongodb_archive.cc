// Archives of mongodump, as `octavo import` takes them from anyone: the same collections and
// documents come out of a file and of the same one packed, or the same error.

#include <algorithm>
#include <string>
#include <vector>

#include "base/assert.h"
#include "base/compression.h"
#include "fuzz.h"
#include "io/file.h"
#include "protocol/mongodb/bson/bson.h"
#include "protocol/mongodb/transfer/archive.h"
#include "value/notation.h"

namespace {

using namespace octavo;
using namespace octavo::mongodb;
using transfer::ArchiveReader;

// A file that can be read.
class Held final : public io::File {
 public:
  explicit Held(BytesView bytes) : bytes_(bytes) {}

  Result<std::size_t> pread(std::uint64_t offset, std::span<char> out) override {
    const std::size_t from = std::min<std::uint64_t>(offset, bytes_.size());
    const BytesView piece = BytesView(bytes_).substr(from, out.size());
    std::ranges::copy(piece, out.begin());
    return piece.size();
  }
  Result<std::uint64_t> size() override { return bytes_.size(); }
  const std::string& path() const override { return path_; }

  Status pwrite(std::uint64_t, BytesView) override { return refused(); }
  Status allocate(std::uint64_t) override { return refused(); }
  Status truncate(std::uint64_t) override { return refused(); }
  Result<std::unique_ptr<io::Mapping>> map(std::uint64_t) override {
    return std::unexpected(refused().error());
  }
  Status sync_data() override { return refused(); }

 private:
  static Status refused() { return fail(Code::unavailable, "It is only read."); }
  const Bytes bytes_;
  const std::string path_ = "archive";
};

struct Outcome {
  std::vector<std::string> found;  // collections, documents and ends of collections
  std::string failure;

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

std::string shown(const value::Value& value) {
  std::string text;
  value::write_notation(value, text);
  return text;
}

Outcome read(BytesView bytes) {
  Outcome out;
  Held file(bytes);
  const auto reader = ArchiveReader::open(file);
  if (!reader) {
    out.failure = reader.error().what;
    ASSERT(!out.failure.empty());
    return out;
  }
  for (const transfer::ArchivedCollection& collection : (*reader)->collections()) {
    out.found.push_back(collection.definition.name.full() + collection.definition.kind_name +
                        shown(collection.definition.options));
    for (const value::Value& index : collection.indexes) out.found.push_back(shown(index));
  }
  for (;;) {
    const auto piece = (*reader)->next();
    ASSERT((*reader)->position() <= (*reader)->size());
    if (!piece) {
      out.failure = piece.error().what;
      ASSERT(!out.failure.empty());
      return out;
    }
    if (!*piece) return out;
    ASSERT(!(*piece)->name.collection.empty());
    out.found.push_back((*piece)->name.full());
    if ((*piece)->document) out.found.emplace_back(*(*piece)->document);
  }
}

Bytes packed(BytesView plain) {
  const auto encoder = find_compression("gzip")->encoder();
  Bytes out;
  encoder->encode(plain, out);
  encoder->finish(out);
  return out;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView file = fuzz::input(data, size);
  const Outcome plain = read(file);
  // What is packed is not looked into again.
  constexpr std::string_view kPacked = "\x1f\x8b";
  if (file.starts_with(kPacked)) return 0;
  const Outcome again = read(packed(file));
  ASSERT(again == plain);
  return 0;
}
