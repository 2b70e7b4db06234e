// Seeds of catalog entries, keyspace operations, snapshots, DUMP payloads and HyperLogLogs: what
// the server itself writes for a few of each.

#include <optional>
#include <string>
#include <vector>

#include "base/assert.h"
#include "catalog/change.h"
#include "keyspace/batch.h"
#include "keyspace/file/snapshot.h"
#include "keyspace/file/snapshot_format.h"
#include "keyspace/testing/test_session.h"
#include "keyspace/type/hyperloglog.h"
#include "seeds.h"

namespace octavo::fuzz {
namespace {

using Call = std::vector<std::string>;

constexpr std::int64_t kNowNs = 1'700'000'000'000'000'000;

const std::vector<Call>& calls() {
  static const std::vector<Call> all = {
      {"set", "s", "text", "px", "100000"},
      {"setrange", "s", "10", "more"},
      {"incrby", "n", "12345"},
      {"rpush", "l", "a", "1", "-70000", std::string(300, 'b')},
      {"sadd", "ints", "1", "-70000", "5000000000"},
      {"sadd", "t", "a", "b", "1"},
      {"zadd", "z", "1.5", "a", "-inf", "b", "3", "c"},
      {"hset", "h", "f", "v", "g", "2"},
      {"hset", "mortal", "f", "v", "g", "2"},
      {"hexpire", "mortal", "100", "nx", "fields", "1", "f"},
      {"xadd", "x", "1-1", "f", "v"},
      {"xadd", "x", "2-1", "f", "v", "g", "w"},
      {"xgroup", "create", "x", "group", "0"},
      {"xreadgroup", "group", "group", "reader", "count", "1", "streams", "x", ">"},
      {"pfadd", "p", "a", "b", "c"},
      {"geoadd", "geo", "13.361389", "38.115556", "Palermo"},
      {"bitfield", "bits", "set", "u8", "0", "200"},
      {"copy", "z", "z2"},
      {"zunionstore", "sum", "2", "z", "z2", "weights", "2", "3"},
      {"sort", "l", "alpha", "store", "sorted"},
      {"expire", "h", "1000"},
      {"del", "t"},
  };
  return all;
}

Bytes bulk(const std::string& reply) {
  const std::size_t start = reply.find("\r\n") + 2;
  return reply.substr(start, reply.size() - start - 2);
}

// The same file as fuzz/keyspace_snapshot.cc takes it apart: kind, length, body.
Bytes bodies(BytesView file) {
  Bytes out;
  file.remove_prefix(keyspace::kSnapshotMagic.size());
  while (!file.empty()) {
    const auto size = load_le<std::uint64_t>(file.data());
    const BytesView body = file.substr(keyspace::kSnapshotBlockHeaderBytes, size);
    ASSERT(body.size() <= 255);
    out.push_back(body[0]);
    out.push_back(static_cast<char>(body.size() - 1));
    out += body.substr(1);
    file.remove_prefix(keyspace::kSnapshotBlockHeaderBytes + size);
  }
  return out;
}

Bytes snapshot_of(keyspace::Keyspace& keyspace, const keyspace::SnapshotHeader& header) {
  std::optional<keyspace::Snapshotter> snapshotter;
  {
    const auto lock = keyspace.lock();
    snapshotter.emplace(keyspace, header);
  }
  Bytes file;
  while (snapshotter->step(file, 1)) {
  }
  return file;
}

void write_keyspace_seeds(const std::filesystem::path& root) {
  keyspace::TestSession session;
  int number = 0;
  for (const Call& call : calls()) {
    ASSERT(session.run(call, kNowNs)[0] != '-');
    Bytes op;
    keyspace::encode_call(op, 0, std::vector<std::string_view>(call.begin(), call.end()));
    write_seed(root / "keyspace_op", number, op);
    const std::string dumped = session.run({"dump", call[1]}, kNowNs);
    if (!dumped.starts_with("$-1")) write_seed(root / "dump", number, bulk(dumped));
    ++number;
  }
  // A transaction: 255, one guard, two calls.
  Bytes transaction("\xff\x01\x00\x01s", 5);
  put_le(transaction, std::uint64_t{1});
  put_varint(transaction, 2);
  for (std::size_t i = 0; i < 2; ++i) {
    Bytes call;
    keyspace::encode_call(call, 0,
                          std::vector<std::string_view>(calls()[i].begin(), calls()[i].end()));
    put_length_prefixed(transaction, call);
  }
  write_seed(root / "keyspace_op", number, transaction);

  write_seed(
      root / "keyspace_snapshot", 0,
      "\xfe" + snapshot_of(session.keyspace(),
                           {.at = {{Lsn::of(2, LsnOrder{1234ULL << 48})}}, .time_ns = kNowNs}));
  keyspace::TestSession small;
  ASSERT(small.run({"set", "k", "v"}, kNowNs)[0] != '-');
  ASSERT(small.run({"zadd", "z", "1.5", "a"}, kNowNs)[0] != '-');
  write_seed(root / "keyspace_snapshot", 1, "\xff" + bodies(snapshot_of(small.keyspace(), {})));

  keyspace::HyperLogLog sketch;
  for (int i = 0; i < 400; ++i) {
    sketch.add(std::to_string(i));
    if (i % 50 == 0) write_seed(root / "hyperloglog", i, sketch.encode(3000));
  }
  write_seed(root / "hyperloglog", 400, sketch.encode(0));
}

void write_catalog_seeds(const std::filesystem::path& root) {
  using namespace catalog;
  TableDefinition table;
  table.id = TableId{1025};
  table.database = DatabaseId{1024};
  table.uuid = "u-2";
  table.name = "orders";
  IndexDefinition index;
  index.id = IndexId{1026};
  index.name = "by_tag";
  index.options = value::Value::object({{"multi", value::Value::boolean(true)}});
  index.function = "\x01\xff";
  index.forms.set("rethinkdb", value::Value::string("r.row('tag')"));
  table.indexes.push_back(std::move(index));
  TableDefinition child = table;
  child.id = TableId{1030};
  child.name = "items";
  ColumnDefinition column;
  column.id = ColumnId{1};
  column.name = "order";
  column.type = value::make_type({.kind = value::Kind::integer, .bits = 32});
  child.columns.push_back(std::move(column));
  ForeignKeyDefinition key;
  key.id = ForeignKeyId{2};
  key.name = "items_ibfk_1";
  key.columns = {ColumnId{1}};
  key.parent = table.id;
  key.parent_columns = {ColumnId{1}};
  key.on_delete = ReferenceAction::cascade;
  child.foreign_keys.push_back(key);
  key.parent = TableId{};
  key.parent_columns.clear();
  key.absent = {"shop", "people", {"id"}};
  child.foreign_keys.push_back(std::move(key));
  child.referenced_by = {TableId{1030}};
  User user;
  user.name = "ann";
  user.credentials = {"salt", 4096, "stored", "server", false};
  user.grants.push_back({DatabaseId{1024}, TableId{1025}, {}});
  const std::vector<Change> changes = {PutDatabase{{DatabaseId{1024}, "u-1", "shop"}},
                                       PutTable{table},
                                       PutTable{child},
                                       PutUser{user},
                                       DropUser{"bob"},
                                       DropTable{TableId{77}},
                                       DropDatabase{DatabaseId{78}}};
  write_seed(root / "catalog_change", 0, Bytes(1, '\0') + encode_changes(changes));
  int number = 1;
  for (const Change& change : changes) {
    const StoredEntry stored = stored_form(change);
    if (!stored.entry) continue;
    const Bytes name = stored.key.substr(kStoredPrefix.size());
    write_seed(root / "catalog_change", number++,
               Bytes(1, static_cast<char>(name.size())) + name + *stored.entry);
  }
}

}  // namespace

void write_store_seeds(const std::filesystem::path& root) {
  write_keyspace_seeds(root);
  write_catalog_seeds(root);
}

}  // namespace octavo::fuzz
