#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/file_checksum.h>
#include <rocksdb/metadata.h>
#include <rocksdb/sst_file_reader.h>

#include "base/progress.h"
#include "kv/rocks_options.h"
#include "kv/rocks_status.h"
#include "kv/store.h"

namespace octavo::kv {

namespace {

// The checksum over the whole file, as the manifest remembers it: also covers bytes that no block
// checksum does.
Status check_file_bytes(io::FileSystem& files, const std::string& path,
                        const rocksdb::LiveFileMetaData& file) {
  if (file.file_checksum.empty()) return {};
  rocksdb::FileChecksumGenContext context;
  context.file_name = path;
  const auto generator =
      rocksdb::GetFileChecksumGenCrc32cFactory()->CreateFileChecksumGenerator(context);
  if (!generator) return {};
  TRY(const std::unique_ptr<io::File> handle, files.open(path, io::OpenMode::read));
  Bytes buffer(1 * kMiB, '\0');
  for (std::uint64_t offset = 0;;) {
    TRY(const std::size_t size, handle->pread(offset, buffer));
    generator->Update(buffer.data(), size);
    offset += size;
    if (size < buffer.size()) break;
  }
  generator->Finalize();
  if (generator->GetChecksum() != file.file_checksum) {
    return fail(Code::corrupt, fmt::format("{}: the file is not what was written", path));
  }
  return {};
}

Status check_blocks(const rocksdb::Options& options, const std::string& path) {
  rocksdb::SstFileReader reader(options);
  TRY_STATUS(from_rocks(reader.Open(path)));
  return from_rocks(reader.VerifyChecksum());
}

}  // namespace

Result<CheckReport> check(io::FileSystem& files, const std::string& path) {
  CheckReport report;
  // The name that RocksDB looks for first; without it everything else is leftovers.
  TRY(const bool exists, files.exists(io::join_path(path, "CURRENT")));
  report.absent = !exists;
  if (report.absent) return report;
  StoreOptions store_options;
  store_options.path = path;
  store_options.memory_bytes = 16 * kMiB;
  store_options.files = &files;
  const RocksTuning tuning(store_options);
  tuning.database->create_if_missing = false;
  tuning.database->create_missing_column_families = false;

  rocksdb::DB* opened = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  TRY_STATUS(from_rocks(
      rocksdb::DB::OpenForReadOnly(*tuning.database, path, tuning.families, &handles, &opened)));
  const std::unique_ptr<rocksdb::DB> db(opened);
  std::vector<rocksdb::LiveFileMetaData> live;
  db->GetLiveFilesMetaData(&live);
  std::uint64_t total = 0;
  for (const rocksdb::LiveFileMetaData& file : live) total += file.size;
  Progress progress("checking the rows", total);
  for (const rocksdb::LiveFileMetaData& file : live) {
    const std::string name = path + file.name;  // `name` starts with a slash
    ++report.files;
    report.bytes += file.size;
    Status status = check_file_bytes(files, name, file);
    if (status) {
      status = check_blocks(rocksdb::Options(*tuning.database, tuning.families[0].options), name);
    }
    if (!status) report.errors.push_back(fmt::format("{}: {}", name, status.error().what));
    progress.advance(file.size);
  }
  progress.finish();
  std::string applied;
  const rocksdb::Status status =
      db->Get(rocksdb::ReadOptions(), handles[0], rocksdb::Slice("applied"), &applied);
  if (status.ok()) {
    ByteReader reader(applied);
    report.applied = get_lsn(reader).value_or(Lsn::zero());
  } else if (!status.IsNotFound() && report.errors.empty()) {
    report.errors.push_back(from_rocks(status).error().what);
  }
  for (rocksdb::ColumnFamilyHandle* handle : handles) db->DestroyColumnFamilyHandle(handle);
  return report;
}

}  // namespace octavo::kv
