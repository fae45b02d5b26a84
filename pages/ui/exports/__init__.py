"""What leaves the room: documents and files made of the model's results. Nothing here knows the screen."""
