#include "protocol/mongodb/transfer/archive.h"

#include <bson/bson.h>
#include <fmt/format.h>

#include <array>
#include <utility>

#include "base/limits.h"
#include "protocol/mongodb/bson/bson.h"

namespace octavo::mongodb::transfer {
namespace {

using value::Value;

constexpr std::uint32_t kMagic = 0x8199e26d;
constexpr std::uint32_t kEnd = 0xffffffff;
constexpr std::size_t kLengthBytes = sizeof(std::uint32_t);
constexpr std::size_t kReadBytes = kMiB;
constexpr std::size_t kMostBytes = kMaxBsonBytes + kMiB;  // of a document, or a header
constexpr std::string_view kGzipBegins = "\x1f\x8b";

constexpr std::array<std::uint64_t, 256> make_table() {
  constexpr std::uint64_t kPolynomial = 0xc96c5795d7870f42;
  std::array<std::uint64_t, 256> table{};
  for (std::size_t i = 0; i < table.size(); ++i) {
    std::uint64_t sum = i;
    for (int bit = 0; bit < 8; ++bit) sum = (sum >> 1U) ^ ((sum & 1U) != 0 ? kPolynomial : 0);
    table[i] = sum;
  }
  return table;
}

std::unexpected<Error> damaged(std::string_view what) {
  return fail(Code::corrupt, fmt::format("the archive is damaged or not complete: {}", what));
}

CollectionName name_of(const Value& document) {
  return {.database = text_of(document, "db"), .collection = text_of(document, "collection")};
}

Result<Value> parse_json(const std::string& text) {
  bson_t parsed;
  bson_error_t failure;
  if (!bson_init_from_json(&parsed, text.data(), static_cast<ssize_t>(text.size()), &failure)) {
    return fail(Code::corrupt, failure.message);
  }
  auto out = read_bson({reinterpret_cast<const char*>(bson_get_data(&parsed)), parsed.len});
  bson_destroy(&parsed);
  return out;
}

Result<ArchivedCollection> read_collection(const Value& row) {
  ArchivedCollection out;
  SourceCollection& definition = out.definition;
  definition.name = name_of(row);
  definition.kind_name = text_of(row, "type");
  definition.options = Value::object({});
  const std::string metadata = text_of(row, "metadata");
  if (!metadata.empty()) {
    const auto parsed = parse_json(metadata);
    if (!parsed) {
      return damaged(
          fmt::format("{}: its metadata: {}", definition.name.full(), parsed.error().what));
    }
    definition.options = usable_options(parsed->find("options"));
    if (const Value* const indexes = parsed->find("indexes")) {
      out.indexes = usable_indexes(*indexes);
    }
    if (definition.kind_name.empty()) definition.kind_name = text_of(*parsed, "type");
  }
  const bool looks = definition.options.find("viewOn") != nullptr;
  if (definition.kind_name.empty()) definition.kind_name = looks ? "view" : "collection";
  definition.kind = kind_of(definition.kind_name);
  return out;
}

}  // namespace

std::uint64_t archive_crc64(BytesView data, std::uint64_t seed) {
  static constexpr std::array<std::uint64_t, 256> kTable = make_table();
  std::uint64_t sum = ~seed;
  for (const char byte : data) {
    sum = kTable[(sum ^ static_cast<unsigned char>(byte)) & 0xffU] ^ (sum >> 8U);
  }
  return ~sum;
}

Result<std::unique_ptr<ArchiveReader>> ArchiveReader::open(io::File& file) {
  std::unique_ptr<ArchiveReader> reader(new ArchiveReader(file));
  TRY_STATUS(reader->begin());
  return reader;
}

Status ArchiveReader::begin() {
  TRY(size_, file_.size());
  Bytes head(kGzipBegins.size(), '\0');
  TRY(const std::size_t read, file_.pread(0, head));
  head.resize(read);
  if (head == kGzipBegins) gzip_ = find_compression("gzip")->decoder();
  TRY(const bool has_magic, need(kLengthBytes));
  if (!has_magic || load_le<std::uint32_t>(buffer_.data() + used_) != kMagic) {
    return fail(Code::corrupt,
                fmt::format("{}: no archive of mongodump (--archive)", file_.path()));
  }
  used_ += kLengthBytes;
  return read_prelude();
}

Status ArchiveReader::read_prelude() {
  TRY(const auto header, read_document());
  if (!header) return damaged("it has no header");
  TRY(const Value about, read_bson(*header));
  server_version_ = text_of(about, "server_version");
  for (;;) {
    TRY(const auto row, read_document());
    if (!row) return {};
    TRY(const Value description, read_bson(*row));
    TRY(ArchivedCollection collection, read_collection(description));
    collections_.push_back(std::move(collection));
  }
}

Status ArchiveReader::fill() {
  Bytes piece(kReadBytes, '\0');
  if (gzip_ == nullptr || packed_.empty()) {
    TRY(const std::size_t read, file_.pread(at_, piece));
    at_ += read;
    ended_ = read == 0;
    piece.resize(read);
  }
  if (gzip_ == nullptr) {
    buffer_ += piece;
    return {};
  }
  if (packed_.empty()) packed_ = std::move(piece);
  BytesView rest = packed_;
  const std::size_t before = buffer_.size();
  TRY_STATUS(gzip_->decode(rest, buffer_, kReadBytes));
  packed_.erase(0, packed_.size() - rest.size());
  if (ended_ && buffer_.size() > before) ended_ = false;  // there was more in the decoder
  if (ended_ && !gzip_->at_end()) return damaged("it ends too early");
  return {};
}

Result<bool> ArchiveReader::need(std::size_t bytes) {
  if (buffer_.size() - used_ >= bytes) return true;
  buffer_.erase(0, used_);
  used_ = 0;
  while (buffer_.size() < bytes && !ended_) TRY_STATUS(fill());
  if (buffer_.size() >= bytes) return true;
  if (buffer_.empty()) return false;
  return damaged("it ends too early");
}

Result<std::optional<BytesView>> ArchiveReader::read_document() {
  TRY(const bool has_length, need(kLengthBytes));
  if (!has_length) return damaged("it ends too early");
  const auto length = load_le<std::uint32_t>(buffer_.data() + used_);
  if (length == kEnd) {
    used_ += kLengthBytes;
    return std::nullopt;
  }
  if (length < kEmptyBsonBytes || length > kMostBytes) return damaged("a length makes no sense");
  TRY(const bool has_all, need(length));
  if (!has_all) return damaged("it ends too early");
  const BytesView document = BytesView(buffer_).substr(used_, length);
  used_ += length;
  return document;
}

// Nothing: between two blocks, or in a block that has no more.
Result<std::optional<ArchivePiece>> ArchiveReader::next_of_block() {
  if (block_.collection.empty()) {
    TRY(const auto header, read_document());
    if (!header) return damaged("a block has no header");
    TRY(const Value about, read_bson(*header));
    const CollectionName name = name_of(about);
    if (name.collection.empty()) return damaged("a block has no name");
    const Value* const over = about.find("EOF");
    const bool is_last =
        over != nullptr && over->type() == value::Type::boolean && over->as_boolean();
    if (!is_last) {
      block_ = name;
      return std::nullopt;
    }
    TRY(const auto rest, read_document());
    const Value* const told = about.find("CRC");
    const auto sum = static_cast<std::int64_t>(sums_[name]);
    if (rest || (told != nullptr && told->is_number() && told->to_int64() != sum)) {
      return damaged(fmt::format("the checksum of {} is wrong", name.full()));
    }
    sums_.erase(name);
    return ArchivePiece{.name = name, .document = std::nullopt};
  }
  TRY(const auto document, read_document());
  if (!document) {
    block_ = {};
    return std::nullopt;
  }
  std::uint64_t& sum = sums_[block_];
  sum = archive_crc64(*document, sum);
  return ArchivePiece{.name = block_, .document = *document};
}

Result<std::optional<ArchivePiece>> ArchiveReader::next() {
  for (;;) {
    if (block_.collection.empty()) {
      TRY(const bool more, need(1));
      if (!more && !sums_.empty()) return damaged("it ends too early");
      if (!more) return std::nullopt;
    }
    TRY(auto piece, next_of_block());
    if (piece) return piece;
  }
}

}  // namespace octavo::mongodb::transfer
