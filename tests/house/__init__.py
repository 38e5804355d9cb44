"""What holds for the whole house: floors, sizes, and the browser that the journeys need."""
