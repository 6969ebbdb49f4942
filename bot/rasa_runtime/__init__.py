"""Everything that patches Rasa: its agent, graph runner, training, logging and TensorFlow import."""
