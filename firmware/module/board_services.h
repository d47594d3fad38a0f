// What the module on its board does for the link.
#pragma once

#include "firmware/module/module_services.h"

namespace tombola {

class BoardServices final : public ModuleServices {
 public:
  void Reboot(protocol::Target target) override;
};

}  // namespace tombola
