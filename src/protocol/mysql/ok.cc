#include "protocol/mysql/ok.h"

#include "protocol/mysql/payload.h"

namespace octavo::mysql {
namespace {

constexpr char kOk = '\x00';
constexpr char kEof = '\xfe';
constexpr char kError = '\xff';
constexpr std::size_t kMaxErrorText = 512;  // what clients keep of it

// To what clients keep, between characters.
BytesView cut(BytesView text) {
  if (text.size() <= kMaxErrorText) return text;
  constexpr unsigned kFollows = 0b10;  // how bytes inside of a character begin
  constexpr unsigned kRestBits = 6;
  std::size_t size = kMaxErrorText;
  while (size > 0 && static_cast<unsigned char>(text[size]) >> kRestBits == kFollows) --size;
  return text.substr(0, size);
}

void put_done(Bytes& out, char header, const Done& done, const Ending& ending,
              Capabilities in_force) {
  const bool tracks = (in_force & capability::kSessionTrack) != 0;
  const bool changed = tracks && !ending.changes.empty();
  const auto bits =
      static_cast<std::uint16_t>(ending.status | (changed ? status::kStateChanged : 0));
  out.push_back(header);
  put_length(out, done.affected);
  put_length(out, done.insert_id);
  put_le(out, bits);
  put_le(out, ending.warnings);
  if (done.info.empty() && !changed) return;
  // With its length for every client, as MySQL sends it, whatever its documentation says: PHP's
  // mysqlnd reads one.
  put_text(out, done.info);
  if (!changed) return;
  Bytes records;
  for (const StateChange& change : ending.changes) put_change(records, change);
  put_text(out, records);
}

}  // namespace

void put_ok(Bytes& out, const Done& done, const Ending& ending, Capabilities in_force) {
  put_done(out, kOk, done, ending, in_force);
}

void put_eof(Bytes& out, const Ending& ending) {
  out.push_back(kEof);
  put_le(out, ending.warnings);
  put_le(out, ending.status);
}

void put_end(Bytes& out, const Ending& ending, Capabilities in_force) {
  if ((in_force & capability::kDeprecateEof) == 0) return put_eof(out, ending);
  put_done(out, kEof, Done(), ending, in_force);
}

void put_error(Bytes& out, const Error& error, StateInError state) {
  out.push_back(kError);
  put_le(out, static_cast<std::uint16_t>(error.number));
  if (state == StateInError::with) out.append("#").append(sql::state_of(error.number));
  out.append(cut(error.what));
}

}  // namespace octavo::mysql
