"""What does a GPU make of training, descent and the sizing engine?"""
