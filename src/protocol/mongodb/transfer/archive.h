#pragma once

// Archives of mongodump (`--archive`, also with `--gzip`).
//
//   archive    = magic prelude block*
//   magic      = 6d e2 99 81
//   prelude    = header collection* end     header: {version, server_version, …}
//   collection = {db, collection, metadata: "<JSON>", type}
//   block      = namespace document* end    namespace: {db, collection, EOF, CRC}
//   end        = ff ff ff ff
//
// Headers, collections and documents are BSON. Blocks of several collections may alternate. The
// last one of a collection has EOF: true, no documents, and in CRC the CRC-64 (ECMA 182, reflected)
// of all its documents. The metadata are extended JSON: {options, indexes, uuid, type}.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/compression.h"
#include "base/result.h"
#include "io/file.h"
#include "protocol/mongodb/transfer/names.h"
#include "protocol/mongodb/transfer/source_collection.h"
#include "value/value.h"

namespace octavo::mongodb::transfer {

// crc64("123456789") == 0x995dc9bbdf1939fa. `seed`: that of what came before.
std::uint64_t archive_crc64(BytesView data, std::uint64_t seed = 0);

struct ArchivedCollection {
  SourceCollection definition;
  std::vector<value::Value> indexes;  // as `createIndexes` takes them
};

// A document, or the end of a collection.
struct ArchivePiece {
  CollectionName name;
  std::optional<BytesView> document;  // good until the next call
};

// Once through the file. `corrupt`: it is none, or not whole.
class ArchiveReader {
 public:
  static Result<std::unique_ptr<ArchiveReader>> open(io::File& file);

  const std::string& server_version() const { return server_version_; }
  const std::vector<ArchivedCollection>& collections() const { return collections_; }
  Result<std::optional<ArchivePiece>> next();
  std::uint64_t position() const { return at_; }  // in the file
  std::uint64_t size() const { return size_; }

 private:
  explicit ArchiveReader(io::File& file) : file_(file) {}
  Status begin();
  Status read_prelude();
  // So many bytes from `used_` on. False: the file ends here, before the first of them.
  Result<bool> need(std::size_t bytes);
  Status fill();
  // Nothing: the end mark.
  Result<std::optional<BytesView>> read_document();
  Result<std::optional<ArchivePiece>> next_of_block();

  io::File& file_;
  std::uint64_t at_ = 0;
  std::uint64_t size_ = 0;
  std::unique_ptr<Decoder> gzip_;  // null: it is plain
  Bytes packed_;
  Bytes buffer_;
  std::size_t used_ = 0;  // of it
  bool ended_ = false;    // the file has no more
  std::string server_version_;
  std::vector<ArchivedCollection> collections_;
  CollectionName block_;  // whose documents come; no name: between blocks
  std::map<CollectionName, std::uint64_t> sums_;
};

}  // namespace octavo::mongodb::transfer
