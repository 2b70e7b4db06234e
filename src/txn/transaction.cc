#include "txn/transaction.h"

#include <fmt/format.h>

#include "base/assert.h"

namespace octavo::txn {

namespace {

// docs/formats/transaction.md is the document of record.
enum class Tag : std::uint8_t {
  id = 0x01,
  snapshot = 0x02,
  retry = 0x03,
  read_key = 0x04,
  write_key = 0x05,
  guard = 0x06,
  read_at = 0x07,
  done_statements = 0x08,
  insert = 0x10,
  update = 0x11,
  erase = 0x12,
  keyspace = 0x13,
  ddl = 0x14,
  sequence = 0x15,
  cursor = 0x16,
  checkpoint = 0x17,
  replace = 0x18,
};
constexpr std::uint8_t kFirstOpTag = 0x10;
constexpr std::size_t kLengthSize = 4;

bool is_op(Tag tag) { return static_cast<std::uint8_t>(tag) >= kFirstOpTag; }

// --- Reading ---------------------------------------------------------------------------------

// The field readers answer false on bad input and leave their target in no particular state.
bool read(ByteReader& in, BytesView& out) {
  const auto bytes = in.get_length_prefixed();
  if (bytes) out = *bytes;
  return bytes.has_value();
}
bool read(ByteReader& in, std::uint64_t& out) {
  const auto number = in.get_le<std::uint64_t>();
  if (number) out = *number;
  return number.has_value();
}
bool read(ByteReader& in, TableId& out) {
  const auto number = in.get_le<std::uint64_t>();
  if (number) out = TableId{*number};
  return number.has_value();
}
bool read(ByteReader& in, Lsn& out) {
  const auto lsn = get_lsn(in);
  if (lsn) out = *lsn;
  return lsn.has_value();
}
bool read(ByteReader& in, Arguments& out) {
  const auto count = in.get_varint();
  // Each argument takes a byte at least: no count makes a reader allocate more than it was sent.
  if (!count || *count == 0 || *count > in.rest().size()) return false;
  const BytesView start = in.rest();
  for (std::uint64_t i = 0; i < *count; ++i) {
    if (!in.get_length_prefixed()) return false;
  }
  out = Arguments(static_cast<std::uint32_t>(*count),
                  start.substr(0, start.size() - in.rest().size()));
  return true;
}
template <class First, class Second, class... Rest>
bool read(ByteReader& in, First& first, Second& second, Rest&... rest) {
  return read(in, first) && read(in, second, rest...);
}

bool read_op(ByteReader& in, Tag tag, Op& op) {
  switch (tag) {
    case Tag::insert: {
      PutOp& put = op.emplace<PutOp>();
      return read(in, put.table, put.key, put.after);
    }
    case Tag::update:
    case Tag::replace: {
      PutOp& put = op.emplace<PutOp>();
      put.before.emplace();
      put.whole = tag == Tag::replace;
      return read(in, put.table, put.key, *put.before, put.after);
    }
    case Tag::erase: {
      EraseOp& erase = op.emplace<EraseOp>();
      return read(in, erase.table, erase.key, erase.before);
    }
    case Tag::keyspace: {
      KeyspaceOp& keyspace = op.emplace<KeyspaceOp>();
      const auto database = in.get_le<std::uint8_t>();
      if (!database) return false;
      keyspace.database = *database;
      return read(in, keyspace.arguments);
    }
    case Tag::ddl: return read(in, op.emplace<DdlOp>().bytes);
    case Tag::sequence: {
      SequenceOp& sequence = op.emplace<SequenceOp>();
      return read(in, sequence.name, sequence.next);
    }
    case Tag::cursor: {
      CursorOp& cursor = op.emplace<CursorOp>();
      return read(in, cursor.name, cursor.bytes);
    }
    case Tag::checkpoint: {
      CheckpointOp& checkpoint = op.emplace<CheckpointOp>();
      return read(in, checkpoint.name, checkpoint.bytes);
    }
    case Tag::id:
    case Tag::snapshot:
    case Tag::retry:
    case Tag::read_key:
    case Tag::write_key:
    case Tag::guard:
    case Tag::read_at:
    case Tag::done_statements: break;
  }
  return false;
}

// Null: they are only checked.
bool read_done_statements(ByteReader& in, RetryToken* token) {
  BytesView session;
  std::uint64_t number = 0;
  if (!read(in, session, number)) return false;
  const auto runs = in.get_varint();
  if (!runs || *runs == 0) return false;
  if (token != nullptr) *token = {Bytes(session), number, {}};
  std::uint64_t from = 0;
  for (std::uint64_t i = 0; i < *runs; ++i) {
    const auto first = in.get_varint();
    const auto count = in.get_varint();
    BytesView outcome;
    if (!first || !count || !read(in, outcome)) return false;
    constexpr std::uint64_t kEnd = std::uint64_t{1} << 32;
    if (*first < from || *first >= kEnd || *count == 0 || *count > kEnd - *first) return false;
    from = *first + *count;
    if (token == nullptr) continue;
    token->statements.push_back(
        {static_cast<std::uint32_t>(*first), static_cast<std::uint32_t>(*count), Bytes(outcome)});
  }
  return true;
}

bool read_guard(ByteReader& in, Guard& guard) {
  const auto kind = in.get_le<std::uint8_t>();
  BytesView key;
  if (!kind || *kind > static_cast<std::uint8_t>(GuardKind::version)) return false;
  guard.kind = static_cast<GuardKind>(*kind);
  if (!read(in, guard.table, key)) return false;
  guard.key = key;
  return guard.kind != GuardKind::version || read(in, guard.version);
}

// Everything but operations. Properties that may be there once are refused twice.
bool read_property(ByteReader& in, Tag tag, TransactionView& view, Footprint& footprint) {
  std::uint64_t number = 0;
  switch (tag) {
    case Tag::id:
      if (raw(view.id) != 0 || !read(in, number)) return false;
      view.id = TransactionId{number};
      return true;
    case Tag::snapshot: {
      if (view.snapshot) return false;
      return read(in, view.snapshot.emplace());
    }
    case Tag::retry: {
      BytesView session;
      if (view.retry || !read(in, session, number)) return false;
      view.retry = RetryToken{Bytes(session), number, {}};
      view.effects.meta = true;
      return true;
    }
    case Tag::done_statements:
      if (view.retry || !read_done_statements(in, &view.retry.emplace())) return false;
      view.effects.meta = true;
      return true;
    case Tag::read_key: return read(in, footprint.read_keys.emplace_back());
    case Tag::write_key: return read(in, footprint.write_keys.emplace_back());
    case Tag::guard: return read_guard(in, footprint.guards.emplace_back());
    case Tag::read_at: {
      ReadAt from{{}, footprint.write_keys.size(), footprint.read_keys.size()};
      if (!read(in, from.at)) return false;
      footprint.read_at.push_back(from);
      return true;
    }
    default: return false;
  }
}

// What an operation implies.
struct Implied {
  Effects& effects;
  Footprint& footprint;

  void operator()(const PutOp& op) const { row(op.table, op.key); }
  void operator()(const EraseOp& op) const { row(op.table, op.key); }
  void operator()(const KeyspaceOp&) const { effects.keyspace = true; }
  void operator()(const DdlOp&) const { effects.ddl = true; }
  void operator()(const SequenceOp& op) const {
    effects.meta = true;
    footprint.write_keys.push_back(named_hash("sequence", op.name));
  }
  void operator()(const CursorOp&) const { effects.meta = true; }
  void operator()(const CheckpointOp&) const { effects.meta = true; }

 private:
  void row(TableId table, BytesView key) const {
    effects.rows = true;
    footprint.write_keys.push_back(row_hash(table, key));
  }
};

void put_tag(Bytes& out, Tag tag) { out.push_back(static_cast<char>(tag)); }

}  // namespace

void Arguments::copy_to(std::vector<BytesView>& out) const {
  ByteReader in(rest_);
  for (std::uint32_t i = 0; i < count_; ++i) {
    const auto argument = in.get_length_prefixed();
    ASSERT(argument);
    out.push_back(*argument);
  }
}

bool OpsView::Iterator::next(Op& op) {
  ByteReader in(rest_);
  while (const auto tag = in.get_le<std::uint8_t>()) {
    if (is_op(static_cast<Tag>(*tag))) {
      const bool good = read_op(in, static_cast<Tag>(*tag), op);
      ASSERT(good);
      rest_ = in.rest();
      return true;
    }
    if (static_cast<Tag>(*tag) == Tag::done_statements) {  // they may be large
      const bool good = read_done_statements(in, nullptr);
      ASSERT(good);
      continue;
    }
    TransactionView ignored;
    Footprint also_ignored;
    const bool good = read_property(in, static_cast<Tag>(*tag), ignored, also_ignored);
    ASSERT(good);
  }
  rest_ = {};
  return false;
}

void Footprint::clear() {
  write_keys.clear();
  read_keys.clear();
  read_at.clear();
  guards.clear();
  reads = nullptr;
}

Result<TransactionView> decode_transaction(ByteReader& input, Footprint& footprint) {
  footprint.clear();
  const auto size = input.get_le<std::uint32_t>();
  const auto items = size ? input.get_bytes(*size) : std::nullopt;
  if (!items) return fail(Code::corrupt, "transaction: truncated");
  TransactionView view;
  ByteReader in(*items);
  std::uint32_t count = 0;
  Op op;
  while (const auto tag = in.get_le<std::uint8_t>()) {
    const bool operation = is_op(static_cast<Tag>(*tag));
    const bool good = operation ? read_op(in, static_cast<Tag>(*tag), op)
                                : read_property(in, static_cast<Tag>(*tag), view, footprint);
    if (!good) {
      return fail(Code::corrupt, fmt::format("transaction: bad item {:#04x} at byte {} of {}", *tag,
                                             items->size() - in.rest().size(), items->size()));
    }
    if (!operation) continue;
    ++count;
    std::visit(Implied{view.effects, footprint}, op);
  }
  view.ops = OpsView(*items, count);
  return view;
}

// --- Building ------------------------------------------------------------------------------------

Transaction::Transaction() { bytes_.resize(kLengthSize); }

OpsView Transaction::ops() const {
  return OpsView(BytesView(bytes_).substr(kLengthSize), op_count_);
}

TransactionView Transaction::view() const { return {id_, snapshot_, retry_, effects_, ops()}; }

void TransactionBuilder::set_id(TransactionId id) {
  ASSERT(raw(transaction_.id_) == 0 && raw(id) != 0);
  transaction_.id_ = id;
  put_tag(transaction_.bytes_, Tag::id);
  put_le(transaction_.bytes_, raw(id));
}

void TransactionBuilder::set_snapshot(Lsn snapshot) {
  ASSERT(!transaction_.snapshot_);
  transaction_.snapshot_ = snapshot;
  put_tag(transaction_.bytes_, Tag::snapshot);
  put_lsn(transaction_.bytes_, snapshot);
}

void TransactionBuilder::set_retry(const RetryToken& token) {
  ASSERT(!transaction_.retry_);
  transaction_.retry_ = token;
  transaction_.effects_.meta = true;
  Bytes& out = transaction_.bytes_;
  put_tag(out, token.statements.empty() ? Tag::retry : Tag::done_statements);
  put_length_prefixed(out, token.session);
  put_le(out, token.number);
  if (token.statements.empty()) return;
  put_varint(out, token.statements.size());
  std::uint64_t from = 0;
  for (const DoneStatements& done : token.statements) {
    ASSERT(done.first >= from && done.count > 0 && done.end() <= std::uint64_t{1} << 32);
    from = done.end();
    put_varint(out, done.first);
    put_varint(out, done.count);
    put_length_prefixed(out, done.outcome);
  }
}

void TransactionBuilder::read_at(Lsn at) {
  Footprint& footprint = transaction_.footprint_;
  if (!footprint.read_at.empty() && footprint.read_at.back().at == at) return;
  footprint.read_at.push_back({at, footprint.write_keys.size(), footprint.read_keys.size()});
  put_tag(transaction_.bytes_, Tag::read_at);
  put_lsn(transaction_.bytes_, at);
}

void TransactionBuilder::put(TableId table, BytesView key, std::optional<BytesView> before,
                             BytesView after, bool whole) {
  Bytes& out = transaction_.bytes_;
  put_tag(out, !before ? Tag::insert : whole ? Tag::replace : Tag::update);
  put_le(out, raw(table));
  put_length_prefixed(out, key);
  if (before) put_length_prefixed(out, *before);
  put_length_prefixed(out, after);
  transaction_.footprint_.write_keys.push_back(row_hash(table, key));
  transaction_.effects_.rows = true;
  ++transaction_.op_count_;
}

void TransactionBuilder::erase(TableId table, BytesView key, BytesView before) {
  Bytes& out = transaction_.bytes_;
  put_tag(out, Tag::erase);
  put_le(out, raw(table));
  put_length_prefixed(out, key);
  put_length_prefixed(out, before);
  transaction_.footprint_.write_keys.push_back(row_hash(table, key));
  transaction_.effects_.rows = true;
  ++transaction_.op_count_;
}

void TransactionBuilder::keyspace(std::uint8_t database, std::span<const BytesView> arguments) {
  ASSERT(!arguments.empty());
  Bytes& out = transaction_.bytes_;
  put_tag(out, Tag::keyspace);
  out.push_back(static_cast<char>(database));
  put_varint(out, arguments.size());
  for (const BytesView argument : arguments) put_length_prefixed(out, argument);
  transaction_.effects_.keyspace = true;
  ++transaction_.op_count_;
}

void TransactionBuilder::ddl(BytesView bytes) {
  put_tag(transaction_.bytes_, Tag::ddl);
  put_length_prefixed(transaction_.bytes_, bytes);
  transaction_.effects_.ddl = true;
  ++transaction_.op_count_;
}

void TransactionBuilder::sequence(BytesView name, std::uint64_t next) {
  put_tag(transaction_.bytes_, Tag::sequence);
  put_length_prefixed(transaction_.bytes_, name);
  put_le(transaction_.bytes_, next);
  transaction_.footprint_.write_keys.push_back(named_hash("sequence", name));
  transaction_.effects_.meta = true;
  ++transaction_.op_count_;
}

void TransactionBuilder::cursor(BytesView name, BytesView bytes) {
  put_tag(transaction_.bytes_, Tag::cursor);
  put_length_prefixed(transaction_.bytes_, name);
  put_length_prefixed(transaction_.bytes_, bytes);
  transaction_.effects_.meta = true;
  ++transaction_.op_count_;
}

void TransactionBuilder::checkpoint(BytesView name, BytesView bytes) {
  put_tag(transaction_.bytes_, Tag::checkpoint);
  put_length_prefixed(transaction_.bytes_, name);
  put_length_prefixed(transaction_.bytes_, bytes);
  transaction_.effects_.meta = true;
  ++transaction_.op_count_;
}

void TransactionBuilder::read_key(KeyHash key) {
  put_tag(transaction_.bytes_, Tag::read_key);
  put_le(transaction_.bytes_, key);
  transaction_.footprint_.read_keys.push_back(key);
}

void TransactionBuilder::write_key(KeyHash key) {
  put_tag(transaction_.bytes_, Tag::write_key);
  put_le(transaction_.bytes_, key);
  transaction_.footprint_.write_keys.push_back(key);
}

void TransactionBuilder::guard(GuardKind kind, TableId table, BytesView key, Lsn version) {
  Bytes& out = transaction_.bytes_;
  put_tag(out, Tag::guard);
  out.push_back(static_cast<char>(kind));
  put_le(out, raw(table));
  put_length_prefixed(out, key);
  if (kind == GuardKind::version) put_lsn(out, version);
  transaction_.footprint_.guards.push_back({kind, table, Bytes(key), version});
}
void TransactionBuilder::guard_absent(TableId table, BytesView key) {
  guard(GuardKind::absent, table, key, {});
}
void TransactionBuilder::guard_exists(TableId table, BytesView key) {
  guard(GuardKind::exists, table, key, {});
}
void TransactionBuilder::guard_version(TableId table, BytesView key, Lsn version) {
  guard(GuardKind::version, table, key, version);
}

Result<const Transaction*> TransactionBuilder::finish() {
  const std::size_t size = transaction_.bytes_.size() - kLengthSize;
  if (size > kMaxTransactionBytes) {
    return fail(Code::invalid_argument,
                fmt::format("transaction of {} bytes exceeds the limit of {} bytes", size,
                            kMaxTransactionBytes));
  }
  store_le(transaction_.bytes_.data(), static_cast<std::uint32_t>(size));
  return &transaction_;
}

Result<Transaction> TransactionBuilder::build() {
  TRY_STATUS(finish());
  Transaction result = std::move(transaction_);
  transaction_ = Transaction();
  return result;
}

void TransactionBuilder::clear() {
  // A connection that once sent something large does not keep the memory.
  constexpr std::size_t kKeptBytes = 256 * kKiB;
  if (transaction_.bytes_.capacity() > kKeptBytes) Bytes().swap(transaction_.bytes_);
  transaction_.bytes_.resize(kLengthSize);
  transaction_.footprint_.clear();
  transaction_.id_ = {};
  transaction_.snapshot_.reset();
  transaction_.retry_.reset();
  transaction_.effects_ = {};
  transaction_.op_count_ = 0;
}

}  // namespace octavo::txn
