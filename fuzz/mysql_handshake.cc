// The login of a MySQL client: packets in front of each of which stand two bytes of length. However
// they are made, each step is one of the few that there are, the client is asked for its password
// once by another plugin at most, and nobody comes in whose proof was not found right. The first
// byte chooses what the server offers, and what it finds.

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "fuzz.h"
#include "protocol/mysql/handshake.h"
#include "protocol/mysql/payload.h"

namespace {

using namespace octavo;
using namespace octavo::mysql;
using Kind = Handshake::Step::Kind;
using Checked = Handshake::Checked;

HandshakeContext context(std::uint8_t choice) {
  HandshakeContext out;
  out.host = "host";
  out.offered = offered_capabilities((choice & 1U) != 0);
  out.secure = (choice & 2U) != 0;
  out.requires_secure = (choice & 4U) != 0;
  out.has_no_password = [](const std::string& user) { return user.empty(); };
  return out;
}

Checked found(const Proof& proof, std::uint8_t choice) {
  if (proof.kind == Proof::Kind::cached && (choice & 8U) == 0) return Checked::unknown;
  return (choice & 16U) != 0 ? Checked::right : Checked::wrong;
}

class Dialogue {
 public:
  explicit Dialogue(std::uint8_t choice) : choice_(choice), handshake_(context(choice)) {
    ASSERT(handshake_.greeting().starts_with('\x0a'));
  }

  // False: it is over.
  bool take(BytesView packet, bool change_user) {
    Handshake::Step step =
        change_user ? handshake_.change_user(packet, before_) : handshake_.on_packet(packet);
    for (;;) {
      if (step.send.starts_with('\xfe')) ASSERT(!std::exchange(switched_, true));
      switch (step.kind) {
        case Kind::start_tls: ASSERT((choice_ & 1U) != 0); return true;
        case Kind::read: return true;
        case Kind::send_key: step = handshake_.on_key("PEM"); break;
        case Kind::check:
          right_ = found(handshake_.proof(), choice_) == Checked::right;
          step = handshake_.on_checked(found(handshake_.proof(), choice_));
          break;
        case Kind::done: ASSERT(right_); return false;
        case Kind::refuse: ASSERT(step.error.number != 0); return false;
      }
    }
  }

 private:
  const std::uint8_t choice_;
  Handshake handshake_;
  ClientResponse before_{.capabilities = offered_capabilities(true)};
  bool switched_ = false;
  bool right_ = false;
};

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::uint8_t choice = data[0];
  Dialogue dialogue(choice);
  PayloadReader reader(octavo::fuzz::input(data + 1, size - 1));
  bool change_user = (choice & 32U) != 0;
  for (;;) {
    const auto length = reader.integer<std::uint16_t>();
    if (!length) return 0;
    const auto packet = reader.bytes(std::min<std::size_t>(*length, reader.rest().size()));
    if (!dialogue.take(*packet, std::exchange(change_user, false))) return 0;
  }
}
