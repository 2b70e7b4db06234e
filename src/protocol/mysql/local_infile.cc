#include "protocol/mysql/local_infile.h"

namespace octavo::mysql {

void put_file_request(Bytes& out, std::string_view name) {
  out.append(1, '\xfb');
  out.append(name);
}

}  // namespace octavo::mysql
