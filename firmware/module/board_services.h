// What the module on its board does for the link.
#pragma once

#include "firmware/module/services.h"

namespace tombola {

class BoardServices final : public Services {
 public:
  void Reboot(protocol::Target target) override;
  Outcome Info(protocol::InfoAnswer* answer) override;
  Outcome Status(protocol::StatusAnswer* answer) override;
};

}  // namespace tombola
