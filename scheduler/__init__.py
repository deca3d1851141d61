"""The timetable and the processes: what is due, who visits it, and what an operator sees of it."""
