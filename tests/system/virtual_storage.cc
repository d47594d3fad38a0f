// A module that only stores: what it is to do, and what it found, are words in
// AXI SRAM that the test reads and writes.
#include <cstdint>

#include "firmware/core/storage/record_store.h"
#include "firmware/core/storage/settings_store.h"
#include "firmware/core/storage/ticket_store.h"
#include "firmware/daisy/cache.h"
#include "firmware/daisy/clock.h"
#include "firmware/daisy/fault.h"
#include "firmware/daisy/gpio.h"
#include "firmware/module/qspi_flash.h"

// Written by the test before it starts.
struct Request {
  uint32_t action;  // 0 none, 1 settings, 2 calibration, 3 ticket, 4 wild read
  float cents;
  uint32_t slot;
  uint32_t ticket_bytes;
};

// Read by the test when `done` is 1.
struct Report {
  uint32_t done;
  uint32_t error;  // of the flash chip
  uint32_t settings_state;
  uint32_t calibration_state;
  float tuning_cents;
  float pitch_cents;
  uint32_t ticket_bytes;     // of the request's slot; 0 when it is empty
  uint32_t ticket_checksum;  // the lower half of its own
  uint32_t ticket_error;
  uint32_t result;  // of the action; 0 is success
};

[[gnu::section(".axi")]] Request storage_request;
[[gnu::section(".axi")]] alignas(8) uint8_t storage_ticket[64 * 1024];
Report storage_report;

namespace tombola {
namespace {

QspiFlash flash;
SettingsStore settings;
CalibrationStore calibration;
TicketStore tickets;

uint32_t PutTicket(const Request& request) {
  constexpr uint32_t kPiece = 1000;
  const uint64_t checksum = Read<HeaderRecord>(storage_ticket).checksum;
  StoreError error = tickets.Begin(static_cast<int>(request.slot),
                                   request.ticket_bytes, checksum);
  while (error == StoreError::kNone && tickets.there() < request.ticket_bytes) {
    const uint32_t left = request.ticket_bytes - tickets.there();
    error = tickets.Write(tickets.there(), storage_ticket + tickets.there(),
                          left < kPiece ? left : kPiece);
  }
  if (error == StoreError::kNone) error = tickets.Commit();
  return static_cast<uint32_t>(error);
}

uint32_t Act(const Request& request) {
  switch (request.action) {
    case 1: {
      Settings changed = settings.settings();
      changed.tuning_cents = request.cents;
      settings.Set(changed);
      return settings.Save(0) ? 0 : 1;
    }
    case 2: {
      Calibration changed = calibration.calibration();
      changed.pitch_cents[5] = request.cents;
      return calibration.Save(changed) ? 0 : 1;
    }
    case 3:
      return PutTicket(request);
    case 4:
      CloseFlashWindow();
      return *static_cast<const volatile uint8_t*>(flash.Data());
    default:
      return 0;
  }
}

void Start() {
  InitGpio();
  Report& report = storage_report;
  report.error = static_cast<uint32_t>(InitClock());
  InitCache();
  if (report.error == 0) report.error = static_cast<uint32_t>(flash.Init());
  settings.Init(&flash);
  calibration.Init(&flash);
  tickets.Init(&flash);
  report.settings_state = static_cast<uint32_t>(settings.state());
  report.calibration_state = static_cast<uint32_t>(calibration.state());
  report.result = Act(storage_request);
  report.tuning_cents = settings.settings().tuning_cents;
  report.pitch_cents = calibration.calibration().pitch_cents[5];
  const SlotImage found = tickets.Get(static_cast<int>(storage_request.slot));
  report.ticket_bytes = found.size;
  if (found.image != nullptr) {
    report.ticket_checksum =
        static_cast<uint32_t>(Read<HeaderRecord>(found.image).checksum);
  }
  Ticket ticket;
  report.ticket_error =
      static_cast<uint32_t>(ticket.Load(found.image, found.size));
  report.done = 1;
}

}  // namespace

extern "C" void OnFrameDue() {}

extern "C" void OnFault(const FaultRecord&) {
  for (;;) {
  }
}

}  // namespace tombola

int main() {
  tombola::Start();
  for (;;) asm volatile("wfi");
}
