// Control transfers on endpoint 0: what the host asks before and beside the
// bytes (USB 2.0 chapter 9, PSTN 1.2 chapter 6).
#pragma once

#include <cstddef>
#include <cstdint>

namespace tombola {

// After a reset of the bus.
void ResetUsbControl();

// Eight bytes of a set-up have been received; they are done when the core says
// that no more came. True when the data endpoints were opened, and are empty.
void TakeUsbSetup(const uint8_t* bytes);
bool DoUsbSetup();

// A packet of the data stage has been received.
void TakeUsbControlData(const uint8_t* bytes, size_t count);

// The core has sent, or received, what it was to.
void OnUsbControlSent();
void OnUsbControlReceived();

// Whether the host has chosen the configuration, so that bytes may go.
bool UsbConfigured();

}  // namespace tombola
