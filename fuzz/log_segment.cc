// A segment file of arbitrary bytes, beside a good identity: looking through it, judging, opening
// and replaying must end in records that pass their checks or in a clear error, never in anything
// else.
//
// The first byte chooses the circumstances; when its lowest bit is set, the checksums of the header
// and of what looks like records are made right, so that the fuzzer gets behind them.

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "base/checksum.h"
#include "io/sim_file.h"
#include "log/check.h"
#include "log/identity.h"
#include "log/local_log.h"
#include "log/segment.h"

namespace {

using namespace octavo;
using namespace octavo::log;

struct CheckingConsumer final : Consumer {
  Status on_record(const RecordView& record) override {
    if (record.lsn < next || record.next <= record.lsn) std::abort();
    if (record.payload.size() != record.header.payload_size) std::abort();
    next = record.next;
    return {};
  }
  Lsn next;
};

SegmentHeader header_of(const Identity& identity) {
  SegmentHeader header;
  header.cluster = identity.cluster;
  header.start = header.previous_end = kFirstOffset;
  header.salt = 77;
  return header;
}

void mend(Bytes& file, const Identity& identity) {
  if (file.size() < kSegmentHeaderSize) file.resize(kSegmentHeaderSize, '\0');
  alignas(8) char sector[512];
  const SegmentHeader header = header_of(identity);
  encode_segment_header(sector, header);
  std::copy(sector, sector + sizeof(sector), file.begin());
  for (std::uint64_t at = kSegmentHeaderSize; at + kRecordHeaderSize <= file.size();) {
    char* record = file.data() + at;
    store_le(record, kRecordMagic);
    store_le<std::uint16_t>(record + 12, kRecordFormat);
    std::copy(identity.cluster.bytes.begin(), identity.cluster.bytes.end(), record + 16);
    const auto size = peek_record_size(BytesView(file).substr(at));
    if (!size || *size > file.size() - at) break;
    const auto payload_size = load_le<std::uint32_t>(record + 8);
    const std::uint32_t seed = record_seed(header.salt, kFirstOffset + at - kSegmentHeaderSize);
    store_le(record + 4, crc32c(BytesView(record + 8, kRecordHeaderSize - 8 + payload_size), seed));
    at += *size;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::uint8_t choice = data[0];
  Bytes file(reinterpret_cast<const char*>(data) + 1, size - 1);

  Identity identity;
  identity.incarnation = 1;
  identity.clean = (choice & 2) != 0;
  identity.tail = identity.clean ? kFirstOffset : 0;
  identity.boot_id = (choice & 4) != 0 ? "boot-1" : "boot-0";
  if ((choice & 1) != 0) mend(file, identity);

  const auto disk = io::make_sim_disk(1);
  const auto files = disk->mount();
  const std::string name = format_segment_name({.generation = 0, .start = kFirstOffset});
  if (!write_identity(*files, "/log", identity)) std::abort();
  if (!io::write_file_atomic(*files, "/log/" + name, file)) std::abort();
  if ((choice & 8) != 0) {
    // A second segment with the same bytes, which cannot be right.
    const std::string second = format_segment_name({.generation = 0, .start = kFirstOffset + 256});
    if (!io::write_file_atomic(*files, "/log/" + second, file)) std::abort();
  }
  const auto report = check_log(*files, "/log");
  if (!report) std::abort();

  ManualClock clock;
  LocalOptions options;
  options.directory = "/log";
  options.first_segment_bytes = options.segment_bytes = 16 * kKiB;
  options.reserve_bytes = 0;
  options.background_thread = false;
  options.cut_damaged_tail = (choice & 16) != 0;
  auto log = open_local_log(*files, clock, options);
  if (!log) {
    if (log.error().code != Code::corrupt) std::abort();
    return 0;
  }
  CheckingConsumer consumer;
  if (!(*log)->start(Lsn::zero(), consumer, {})) std::abort();
  const BytesView text = "after";
  if (!(*log)->append({.payload = {&text, 1}})) std::abort();
  return 0;
}
