#include "protocol/redis/script/library_dump.h"

#include "keyspace/file/dump.h"
#include "keyspace/file/dump_format.h"
#include "keyspace/file/dump_reader.h"

namespace octavo::redis {

Bytes dump_libraries(const keyspace::Keyspace::Libraries& libraries) {
  Bytes out;
  for (const auto& [name, code] : libraries) {
    out.push_back(static_cast<char>(keyspace::kRdbLibrary));
    keyspace::put_dump_string(out, code);
  }
  keyspace::put_dump_trailer(out, keyspace::kRdbVersion);
  return out;
}

Result<std::vector<std::string>> read_libraries(BytesView payload) {
  if (payload.size() < keyspace::kDumpTrailerBytes) {
    return fail(Code::invalid_argument, "DUMP payload version or checksum are wrong");
  }
  std::vector<std::string> codes;
  keyspace::DumpReader reader(payload.substr(0, payload.size() - keyspace::kDumpTrailerBytes));
  while (!reader.empty()) {
    if (reader.byte() != keyspace::kRdbLibrary) {
      return fail(Code::invalid_argument, "given type is not a function");
    }
    auto code = reader.string();
    if (!code) return fail(Code::invalid_argument, "failed loading the given functions payload");
    codes.push_back(*std::move(code));
  }
  return codes;
}

}  // namespace octavo::redis
