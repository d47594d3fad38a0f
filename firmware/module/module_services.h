// What the module does for the link; all but to start the chip anew.
#pragma once

#include <cstdint>

#include "firmware/core/storage/ticket_store.h"
#include "firmware/module/front_panel.h"
#include "firmware/module/instrument.h"
#include "firmware/module/load.h"
#include "firmware/module/preferences.h"
#include "firmware/module/services.h"
#include "firmware/module/slots.h"
#include "firmware/module/status.h"

namespace tombola {

class ModuleServices : public Services {
 public:
  // What there is to serve. build: of the firmware, a number that no other has.
  struct Parts {
    Instrument* instrument;
    Slots* slots;
    Preferences* preferences;
    TicketStore* store;
    FrontPanel* panel;
    const LoadMeter* load;
    const tombola::Status* status;
    uint32_t build;
  };

  void Init(const Parts& parts) { parts_ = parts; }

  Outcome Info(protocol::InfoAnswer* answer) override;
  Outcome Status(protocol::StatusAnswer* answer) override;

  Outcome TicketList(protocol::TicketListAnswer* answer) override;
  Outcome TicketBegin(const protocol::TicketBeginRequest& request,
                      protocol::TicketBeginAnswer* answer) override;
  Outcome TicketWrite(const protocol::TicketWriteRequest& request, Bytes piece,
                      protocol::TicketWriteAnswer* answer) override;
  Outcome TicketCommit(const protocol::TicketCommitRequest& request) override;
  Outcome TicketRead(const protocol::TicketReadRequest& request,
                     Room* piece) override;
  Outcome TicketRemove(const protocol::TicketRemoveRequest& request) override;
  Outcome TicketPlay(const protocol::TicketPlayRequest& request) override;
  Outcome TicketOrder(const protocol::TicketOrderRequest& request) override;

  Outcome SettingsRead(Room* record) override;
  Outcome SettingsWrite(Bytes record) override;
  Outcome SettingsDefaults() override;
  Outcome CalibrationRead(Room* record) override;
  Outcome CalibrationWrite(Bytes record) override;

  Outcome Measure(const protocol::MeasureRequest& request,
                  protocol::MeasureAnswer* answer) override;
  Outcome Output(const protocol::OutputRequest& request) override;

 private:
  protocol::Slot Describe(int slot) const;

  Parts parts_ = {};
  bool measures_ = false;
};

}  // namespace tombola
